import type { Database } from '../../database.js';
import { keyOf } from '../../same-name.js';
import type { ColumnPlan } from './infer.js';
import type { Kind } from './kinds/kind.js';
import { recordAt } from './record-line.js';
import { allTexts, type TextRows } from './text-rows.js';

const mostLookedFor = 20;

/** The file and the line of the first text of each column that is not what it is known to be; of twenty columns. */
export async function firstOthers(
  database: Database,
  rows: TextRows,
  plans: readonly ColumnPlan[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { name, pinned } of plans.slice(0, mostLookedFor)) {
    const first = pinned === null ? null : await firstOther(database, rows, { name, kinds: [pinned] });
    if (first !== null) found.set(keyOf(name), `${first.name}: line ${first.line}`);
  }
  return found;
}

/** The first text of a column that is of none of the kinds; null where there is no such text. */
export async function firstOther(
  database: Database,
  rows: TextRows,
  { name, kinds }: { name: string; kinds: readonly Kind[] },
): Promise<{ name: string; line: number } | null> {
  await database.run(`CREATE OR REPLACE TABLE mlops.texts AS ${allTexts(rows, [name])}`); // row ids are positions
  const isNone = kinds.map(({ test }) => `NOT coalesce(${test('"t0"')}, false)`).join(' AND ');
  const { first } = await database.row(
    `SELECT min(rowid)::DOUBLE AS "first" FROM mlops.texts WHERE "t0" IS NOT NULL AND ${isNone}`,
  );
  await database.run('DROP TABLE mlops.texts');
  return typeof first === 'number' ? recordAt(rows, first) : null;
}
