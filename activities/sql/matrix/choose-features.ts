import { z } from 'zod';
import {
  type Column,
  type ColumnRoles,
  type Feature,
  failure,
  type RefusedFeature,
  type Task,
} from '../../../schemas/index.js';
import { centerOf } from '../../../statistics/center.js';
import { smoothedMean } from '../../../statistics/target-means.js';
import { columnGroups } from '../column-groups.js';
import type { Database, Row } from '../database.js';
import { type Candidate, encodedIn } from './prepared-rows.js';

/** More categories than this are an identifier, not a category. */
const maxCategories = 2000;
/** A column whose values hardly repeat says who a row is, not what it is like. */
const uniqueShare = 0.9;
const uniqueFromRows = 20;

export interface Chosen {
  readonly features: Feature[];
  readonly refused: RefusedFeature[];
  /** columns that had a value in every training row */
  readonly complete: string[];
}

/** Columns that no statistics can save: the label, and what is known only after it. */
export function candidatesOf(columns: readonly Column[], roles: ColumnRoles, wanted: readonly string[] | undefined) {
  const names = columns.map((column) => column.name);
  const missing = wanted?.filter((name) => !names.includes(name)) ?? [];
  if (missing.length > 0) {
    throw failure(
      'SCHEMA_CHANGED',
      `features: there is no column ${missing.map((m) => `"${m}"`).join(', ')}. Columns: ${names.slice(0, 50).join(', ')}.`,
      { missing },
    );
  }
  const considered = columns.filter((column) => wanted === undefined || wanted.includes(column.name));
  const refused = considered.flatMap(({ name }) => refusedByRole(name, roles));
  const open = considered.filter((column) => !refused.some((r) => r.column === column.name));
  const candidates = open.map((column, index): Candidate => ({ ...column, alias: `c${index}` }));
  return { candidates, refused };
}

/** Looks at training rows only. Errors: NO_FEATURES naming every refusal. */
export async function chooseFeatures(
  database: Database,
  { candidates, refused: refusedByRoles }: ReturnType<typeof candidatesOf>,
  task: Task,
): Promise<Chosen> {
  const features: Feature[] = [];
  const refused = [...refusedByRoles];
  const complete: string[] = [];
  const prior = Number((await database.row('SELECT avg(y) AS prior FROM mlops.prepared WHERE s = 0')).prior);
  for (const group of columnGroups(candidates)) {
    const statistics = await statisticsOf(database, group);
    const centers = await centersOf(database, group, statistics);
    complete.push(...group.filter((one) => isComplete(one, statistics)).map(({ name }) => name));
    for (const candidate of group) {
      const center = centers.get(candidate.alias);
      const reason = refusalOf(candidate, statistics, center);
      if (reason !== null) refused.push({ column: candidate.name, reason });
      else features.push(...(await featuresOf(database, candidate, { statistics, prior, task, center })));
    }
  }
  if (features.length > 0) return { features, refused, complete };
  const why = refused
    .slice(0, 20)
    .map(({ column, reason }) => `${column} ${reason}`)
    .join('; ');
  throw failure('NO_FEATURES', `No column is left to learn from: ${why}.`, { refused: refused.slice(0, 100) });
}

function refusedByRole(column: string, { label, knownAt, outcome }: ColumnRoles): RefusedFeature[] {
  if (column === label) return [{ column, reason: 'is the label' }];
  if (column === knownAt)
    return [{ column, reason: 'says when the label became known: known only after the prediction' }];
  return outcome.includes(column) ? [{ column, reason: 'is known only after the prediction' }] : [];
}

async function statisticsOf(database: Database, candidates: readonly Candidate[]): Promise<Row> {
  const aggregates = candidates.flatMap(({ alias, type }) => {
    const range = (value: string, key: string) => `min(${value}) = max(${value}) AS ${key}_${alias}`;
    const count = (value: string) => `count(${value})::DOUBLE AS n_${alias}`;
    if (type === 'string') return [count(alias), `count(DISTINCT ${alias})::DOUBLE AS d_${alias}`];
    if (type === 'boolean') return [count(alias), range(alias, 'one')];
    if (type === 'timestamp') {
      return [
        count(encodedIn.dayOfWeek(alias)),
        range(encodedIn.minuteOfDay(alias), 'minute'),
        range(encodedIn.dayOfWeek(alias), 'day'),
      ];
    }
    const finite = `CASE WHEN isfinite(${alias}::DOUBLE) THEN ${alias}::DOUBLE END`;
    return [
      count(encodedIn.numeric(alias)),
      range(encodedIn.numeric(alias), 'one'),
      range(finite, 'same'),
      `bool_and(${encodedIn.numeric(alias)}::DOUBLE = ${alias}::DOUBLE) AS exact_${alias}`,
    ];
  });
  return database.row(`SELECT count(*)::DOUBLE AS rows, ${aggregates.join(', ')} FROM mlops.prepared WHERE s = 0`);
}

/** What to take off numbers that float32 does not hold as they are, by alias; see `centerOf`. */
async function centersOf(database: Database, candidates: readonly Candidate[], statistics: Row) {
  const rounded = candidates.filter(({ alias }) => statistics[`exact_${alias}`] === false);
  if (rounded.length === 0) return new Map<string, number>();
  const middles = rounded.map(
    ({ alias }) => `quantile_disc(${alias}::DOUBLE, [0.05, 0.5, 0.95]) FILTER (isfinite(${alias}::DOUBLE)) AS ${alias}`,
  );
  const found = await database.row(`SELECT ${middles.join(', ')} FROM mlops.prepared WHERE s = 0`);
  const centers = rounded.map(({ alias }) => {
    const [low, middle, high] = z.tuple([z.number(), z.number(), z.number()]).parse(found[alias]);
    return [alias, centerOf({ low, middle, high })] as const;
  });
  return new Map(centers.flatMap(([alias, center]) => (center === null ? [] : [[alias, center] as const])));
}

const isComplete = ({ alias }: Candidate, statistics: Row): boolean =>
  Number(statistics[`n_${alias}`]) === Number(statistics.rows);

function refusalOf({ alias, type }: Candidate, statistics: Row, center: number | undefined): string | null {
  const rows = Number(statistics.rows);
  const present = Number(statistics[`n_${alias}`]);
  const distinct = Number(statistics[`d_${alias}`]);
  if (present === 0) return 'has no usable value in the training rows';
  const isOneValue =
    type === 'string' ? distinct === 1 : statistics[`${center === undefined ? 'one' : 'same'}_${alias}`] === true;
  if (isOneValue && present === rows) {
    const differs = statistics[`same_${alias}`] === false;
    return differs ? 'differs in the training rows only beyond float32' : 'is constant in the training rows';
  }
  if (type === 'timestamp' && statistics[`minute_${alias}`] === true && statistics[`day_${alias}`] === true) {
    return 'has one time of day and one day of the week in the training rows';
  }
  if (type === 'string' && distinct > maxCategories)
    return `is an identifier: ${distinct} different values, at most ${maxCategories} are categories`;
  const isUnique = type === 'string' && present >= uniqueFromRows && distinct >= uniqueShare * present;
  return isUnique ? `is an identifier: ${distinct} different values in ${present} rows` : null;
}

interface Known {
  readonly statistics: Row;
  readonly prior: number;
  readonly task: Task;
  readonly center: number | undefined;
}

async function featuresOf(
  database: Database,
  candidate: Candidate,
  { statistics, prior, task, center }: Known,
): Promise<Feature[]> {
  const { name, type, alias } = candidate;
  const of = { column: name, name };
  switch (type) {
    case 'number':
    case 'integer':
      return [{ kind: 'numeric', ...of, ...(center === undefined ? {} : { center }) }];
    case 'boolean':
      return [{ kind: 'boolean', ...of, ...(isComplete(candidate, statistics) ? { complete: true } : {}) }];
    case 'string': {
      const means = await targetMeans(database, alias, prior);
      const fromPrior = task === 'regression' ? { center: prior } : {};
      return [{ kind: 'targetMean', ...of, ...means, fallback: prior, ...fromPrior }];
    }
    case 'timestamp':
      return [
        ...(statistics[`minute_${alias}`] === true
          ? []
          : [{ kind: 'minuteOfDay' as const, column: name, name: `${name}.minuteOfDay` }]),
        ...(statistics[`day_${alias}`] === true
          ? []
          : [{ kind: 'dayOfWeek' as const, column: name, name: `${name}.dayOfWeek` }]),
      ];
  }
}

/** Of all training rows: what a served row is told of its category. */
async function targetMeans(database: Database, alias: string, prior: number) {
  const rows = await database.rows(
    `SELECT ${alias} AS category, sum(y) AS total, count(*)::DOUBLE AS n FROM mlops.prepared WHERE s = 0 AND ${alias} IS NOT NULL GROUP BY 1 ORDER BY 1`,
  );
  const mean = ({ total, n }: Row) => smoothedMean({ sum: Number(total), rows: Number(n) }, prior);
  return { categories: rows.map((row) => String(row.category)), means: rows.map(mean) };
}
