import { matching } from './matching.js';
import { secretPartOf } from './url.js';

const address = String.raw`https?:\/\/[^\s,=]+`;
const named = String.raw`[a-z0-9][a-z0-9._-]{0,62}=${address}`;

/** `http://127.0.0.1:9090`, or one for each environment: `staging=http://a:9090,production=http://b:9090`. */
export const ServerAddresses = matching(
  new RegExp(`^(${address}|${named}(,${named})*(,${address})?)$`),
  'must be like http://127.0.0.1:9090, or staging=http://a:9090,production=http://b:9090',
).refine(
  (text) => !serverAddresses(text).some(({ url }) => isAddress(url) && !isPlain(url)),
  'must name no user, password or query: addresses are shown, and the token is MODEL_SERVER_TOKEN',
);

const isAddress = (url: string): boolean => /^https?:\/\/[^\s,=]+$/.test(url);
const isPlain = (url: string): boolean => URL.canParse(url) && secretPartOf(url) === null;

/** Where an environment is served; null where none is named and none is for all. */
export function serverAddressOf(addresses: string, environment: string): string | null {
  const all = serverAddresses(addresses);
  return (
    (all.find((one) => one.environment === environment) ?? all.find((one) => one.environment === null))?.url ?? null
  );
}

/** In the order they were given; `environment` is null for that of all others. */
export function serverAddresses(addresses: string): { readonly environment: string | null; readonly url: string }[] {
  return addresses.split(',').map((one) => {
    const [, environment, url] = /^([a-z0-9._-]+)=(.*)$/.exec(one) ?? [];
    return environment === undefined || url === undefined ? { environment: null, url: one } : { environment, url };
  });
}
