import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const registry = 'https://registry.npmjs.org/';

/**
 * What is wrong with a package-lock.json: without a digest a machine installs whatever bytes it is given, also one of
 * another platform than where the file was written. An entry names no address (whatever registry npm is set to), or
 * that of the public one.
 */
export function lockfileFaults({ packages }) {
  const entries = Object.entries(packages).filter(([path]) => path !== '');
  return entries.flatMap(([path, entry]) => faultsOf(entry).map((fault) => `${path} ${fault}`));
}

function faultsOf({ version, resolved, integrity, link }) {
  return [
    ...(/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(version ?? '') ? [] : ['has no exact version']),
    ...(/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '') ? [] : ['has no sha512 integrity']),
    ...(resolved === undefined || resolved.startsWith(registry) ? [] : ['comes from another place than the registry']),
    ...(link ? ['is a link'] : []),
  ];
}

export const lockfile = () => JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
