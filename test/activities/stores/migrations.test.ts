import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Fact } from '../../../schemas/index.js';

const folder = new URL('../../../activities/stores/postgres/migrations/', import.meta.url);
const files = readdirSync(folder).map((name) => ({ name, sql: readFileSync(new URL(name, folder), 'utf8') }));
const kinds = Fact.options.map((option) => option.shape.kind.value);
/** Which kind of fact a file projects: by the procedure for it, or by a trigger of its own. */
const kindOf = /^(?:call project_kind\('|create trigger .*when \(new\.kind = ')(\w+)'/gm;
const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

describe('the migrations', () => {
  it('have one file for each kind of fact, and no kind that the schema does not know', () => {
    const triggered = files.flatMap(({ sql }) => found(sql, kindOf));
    expect(triggered.toSorted()).toEqual(kinds.toSorted());
  });

  it.each(files.filter(({ sql }) => found(sql, kindOf).length > 0))(
    'say in $name of each table what rows a fact calls for, and that none is ever changed',
    ({ sql }) => {
      const tables = found(sql, /^create table (\w+)/gm);
      expect(tables.length).toBeGreaterThan(0);
      expect(found(sql, /^create view expected_(\w+)/gm).toSorted()).toEqual(tables.toSorted());
      expect(found(sql, /^create trigger append_only before update or delete or truncate on (\w+)/gm)).toEqual(tables);
    },
  );
});
