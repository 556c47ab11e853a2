import { describe, expect, it } from 'vitest';

interface Lockfile {
  readonly packages: Record<string, object>;
}
interface Check {
  lockfile(): Lockfile;
  lockfileFaults(lock: Lockfile): string[];
}

/** Setup runs before there is a compiler, so that it has no types. */
const check = new URL('../../scripts/setup/lockfile.mjs', import.meta.url).href;
const { lockfile, lockfileFaults } = (await import(check)) as Check;

const integrity = `sha512-${'A'.repeat(86)}==`;
const sound = { version: '1.2.3-beta.1', integrity };
const faultsOf = (entry: object) => lockfileFaults({ packages: { '': {}, 'node_modules/a': { ...sound, ...entry } } });

describe('package-lock.json', () => {
  it('has a digest for every package of every platform, and names no registry but the public one', () => {
    expect(lockfileFaults(lockfile())).toEqual([]);
  });

  it.each([
    [{ integrity: undefined }, 'has no sha512 integrity'],
    [{ integrity: 'sha1-abc' }, 'has no sha512 integrity'],
    [{ integrity: `${integrity} sha1-abc` }, 'has no sha512 integrity'],
    [{ version: '^1.2.3' }, 'has no exact version'],
    [{ version: undefined, resolved: 'git+ssh://git@github.com/a/a.git' }, 'comes from another place'],
    [{ resolved: 'https://registry.npmjs.org.example.com/a.tgz' }, 'comes from another place'],
    [{ resolved: 'http://127.0.0.1:4873/a.tgz' }, 'comes from another place'],
    [{ link: true }, 'is a link'],
  ])('is refused with %j: it %s', (entry, fault) => {
    expect(faultsOf(entry).join('\n')).toContain(fault);
  });

  it('may name the public registry', () => {
    expect(faultsOf({ resolved: 'https://registry.npmjs.org/a/-/a-1.2.3.tgz' })).toEqual([]);
  });
});
