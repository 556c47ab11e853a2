import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCatalog } from '../../schemas/index.js';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| `(\w+)` \| (.+) \| (yes|no) \| (.+) \|$/gm)].map(
  ([, code, meaning, retried, remedy]) => ({ code, meaning, retried, remedy }),
);

describe('docs/errors.md', () => {
  it('lists every code of the catalog once and in its order, and no other', () => {
    expect(rows.map((row) => row.code)).toEqual(Object.keys(errorCatalog));
  });

  it.each(Object.entries(errorCatalog))(
    'says of %s what the catalog says, and what to do',
    (code, { meaning, retryable }) => {
      const row = rows.find((r) => r.code === code);
      expect(row).toMatchObject({ meaning, retried: retryable ? 'yes' : 'no' });
      expect(row?.remedy?.length).toBeGreaterThan(20);
    },
  );
});
