import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { findProgram, goInstaller } from './find-program.js';
import { freePort } from './free-port.js';
import { endLeftover } from './leftover.js';
import { waitUntilReady } from './ready.js';
import { startChild } from './server-process.js';

const region = 'us-east-1';

export interface VersitygwOptions {
  /** Buckets are folders and objects are files below `<dataDir>/buckets`; the keys lie beside them. */
  dataDir: string;
  port?: number;
  log?: (line: string) => void;
}

export interface VersitygwServer {
  endpoint: string;
  region: string;
  accessKey: string;
  secretKey: string;
  pid: number;
  createBucket(name: string): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** versitygw, an S3 server that checks signatures, checksums and conditional writes: `VERSITYGW`, PATH, cache, Go. */
export function findVersitygw(
  options: { log?: (line: string) => void; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const { log = () => {}, env = process.env } = options;
  return findProgram({
    name: 'versitygw',
    variable: 'VERSITYGW',
    env,
    log,
    installers: [goInstaller('github.com/versity/versitygw/cmd/versitygw@v1.8.0', env, log)],
    advice: 'Install it from https://github.com/versity/versitygw/releases or set VERSITYGW to its path.',
  });
}

/** An S3 server on the loopback interface; the same folder has the same keys and objects, also after `kill -9`. */
export async function startVersitygw({ dataDir, port, log }: VersitygwOptions): Promise<VersitygwServer> {
  const command = await findVersitygw({ log });
  const listen = `127.0.0.1:${port ?? (await freePort())}`;
  const logFile = join(dataDir, 'versitygw.log');
  const { accessKey, secretKey } = keysOf(dataDir);
  const pidFile = join(dataDir, 'versitygw.pid');
  await endLeftover(pidFile, dataDir);
  const child = await startChild({
    command,
    args: ['--port', listen, '--region', region, '--quiet', 'posix', join(dataDir, 'buckets')],
    env: { ...process.env, ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
    logFile,
  });
  writeFileSync(pidFile, String(child.pid));
  const endpoint = `http://${listen}`;
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
  const probe = async () => void (await client.send(new ListBucketsCommand({})));
  await waitUntilReady({ name: 'versitygw', child, logFile, probe });
  const createBucket = async (name: string) => void (await client.send(new CreateBucketCommand({ Bucket: name })));
  return { endpoint, region, accessKey, secretKey, pid: child.pid, createBucket, stop: child.stop, kill: child.kill };
}

function keysOf(dataDir: string): { accessKey: string; secretKey: string } {
  const file = join(dataDir, 'keys.json');
  mkdirSync(join(dataDir, 'buckets'), { recursive: true });
  if (!existsSync(file)) {
    const keys = { accessKey: randomBytes(10).toString('hex'), secretKey: randomBytes(24).toString('hex') };
    writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, 'utf8')) as { accessKey: string; secretKey: string };
}
