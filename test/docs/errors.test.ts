import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CatalogEntry, errorCatalog } from '../../schemas/index.js';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| `(\w+)` \| (.+) \| (input|world) \| (yes|no|\d times) \| (.+) \|$/gm)].map(
  ([, code, meaning, fault, retried, remedy]) => ({ code, meaning, fault, retried, remedy }),
);

describe('docs/errors.md', () => {
  it('lists every code of the catalog once and in its order, and no other', () => {
    expect(rows.map((row) => row.code)).toEqual(Object.keys(errorCatalog));
  });

  it.each(Object.entries<CatalogEntry>(errorCatalog))(
    'says of %s what the catalog says, and what to do',
    (code, { meaning, retryable, fault, tries }) => {
      const row = rows.find((r) => r.code === code);
      const retried = tries === undefined ? (retryable ? 'yes' : 'no') : `${tries} times`;
      expect(row).toMatchObject({ meaning, fault, retried });
      expect(row?.remedy?.length).toBeGreaterThan(20);
    },
  );
});
