import { failure } from '../../../../schemas/index.js';
import type { Database } from '../../database.js';
import { firstOther } from './first-other.js';
import { type ColumnPlan, isOpen, secondLook, settled } from './infer.js';
import { declaredKinds } from './kinds/column-kinds.js';
import { load } from './load.js';
import type { TextRows } from './text-rows.js';

interface Loading {
  readonly rows: TextRows;
  readonly plans: readonly ColumnPlan[];
}

/**
 * Most sources are what their first rows look like, and are read once. Where one is not, every column is settled by all
 * rows, and read again: the answer is the same either way. Answers the plans by which it was read.
 */
export async function loadAll(database: Database, table: string, { rows, plans }: Loading): Promise<ColumnPlan[]> {
  const open = plans.filter(isOpen);
  const beside = plans.filter((plan) => !isOpen(plan));
  const closed = open.length === 0 ? [] : await settled(database, rows, { plans: open, beside });
  const planned = plans.map((plan) => closed.find(({ name }) => name === plan.name) ?? plan);
  const refused = await load(database, table, { rows, plans: planned });
  if (refused === null) return planned;
  await requireUndeclared(database, rows, planned[refused]);
  const looked = await secondLook(database, rows, plans);
  const again = await settled(database, rows, { plans: looked, beside: [] });
  const stillRefused = await load(database, table, { rows, plans: again });
  if (stillRefused === null) return again;
  await requireUndeclared(database, rows, again[stillRefused]);
  throw failure('SOURCE_UNREADABLE', `Column "${again[stillRefused]?.name}" changed while it was read.`);
}

async function requireUndeclared(database: Database, rows: TextRows, plan: ColumnPlan | undefined): Promise<void> {
  if (plan?.kind === undefined || plan.kind === null || !plan.isDeclared) return;
  const { name, kind } = plan;
  const ofNone = await firstOther(database, rows, { name, kinds: declaredKinds(kind.type, rows.csv) });
  const at = ofNone ?? (await firstOther(database, rows, { name, kinds: [kind] }));
  const message = `${at?.name}: line ${at?.line}: column "${name}" is declared to be ${kind.type}, and this value is none.`;
  throw failure('SOURCE_UNREADABLE', message, { file: at?.name, line: at?.line, column: name });
}
