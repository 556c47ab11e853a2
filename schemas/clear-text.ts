import { isLoopback } from './loopback.js';
import { serverAddresses } from './server-addresses.js';

interface Connections {
  readonly DATABASE_URL: string;
  readonly BLOB_URL: string;
  readonly MODEL_SERVER_ADDRESS?: string | undefined;
}

type Environment = Record<string, string | undefined>;

/** Variables whose connections leave this machine in clear text: passwords, tokens and rows could be read on the way. */
export function clearTextVariables(connections: Connections, environment: Environment): string[] {
  return [
    ...(isSafeDatabase(connections.DATABASE_URL) ? [] : ['DATABASE_URL (needs ?sslmode=verify-full)']),
    ...clearBlobs(connections, environment),
    ...clearServers(connections),
  ];
}

/** `require` encrypts, but believes whoever answers. A folder as host is a socket on this machine. */
function isSafeDatabase(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, searchParams } = new URL(url);
  const host = searchParams.get('host') ?? decodeURIComponent(hostname);
  if (host === '' || host.startsWith('/') || isLoopback(host)) return true;
  return ['verify-full', 'verify-ca'].includes(searchParams.get('sslmode') ?? '');
}

function clearBlobs({ BLOB_URL }: Connections, environment: Environment): string[] {
  if (!BLOB_URL.startsWith('s3:')) return [];
  const names = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'];
  return names.filter((name) => isClear(environment[name] ?? '')).map((name) => `${name} (needs https)`);
}

function clearServers({ MODEL_SERVER_ADDRESS: addresses }: Connections): string[] {
  const isOpen = addresses !== undefined && serverAddresses(addresses).some(({ url }) => isClear(url));
  return isOpen ? ['MODEL_SERVER_ADDRESS (needs https)'] : [];
}

function isClear(url: string): boolean {
  return url.startsWith('http:') && URL.canParse(url) && !isLoopback(new URL(url).hostname);
}
