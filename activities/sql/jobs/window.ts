import { z } from 'zod';
import { type Column, EnvironmentName, ModelName } from '../../../schemas/index.js';
import { type Database, type DatabaseAccess, withDatabase } from '../database.js';
import { SqlLimits } from '../sql-job.js';
import { quoteInstant, quoteText } from '../sql-quote.js';
import { isPrediction, predictionsIn, timeIn } from './prediction-lines.js';

/** A window of the prediction log, on the local disk. */
export const LoggedWindow = z.strictObject({
  directory: z.string(),
  limits: SqlLimits,
  model: ModelName,
  environment: EnvironmentName,
  /** `from` is in it, `to` is the first moment outside */
  window: z.strictObject({ from: z.string(), to: z.string() }),
  /** segments of JSON lines, also of other models and days; `.gz` where they are zipped */
  segments: z.array(z.string()),
  /** predictions of this model and day alone, in columns */
  parts: z.array(z.string()),
  /** true outcomes, one `<prediction id>,<number>` a line; without the number where a prediction was only asked for again */
  outcomes: z.string(),
});
export type LoggedWindow = z.infer<typeof LoggedWindow>;

export interface CountedWindow {
  readonly versions: readonly { readonly version: number; readonly rows: number }[];
  /** lines that are no prediction */
  readonly unreadable: number;
}

/**
 * Copies the window's predictions into a table, each line read once, whatever else the segments hold: rows lie on disk and
 * not in memory, in the order of the files given. Only these files can be opened.
 */
export async function ingestWindow(asked: LoggedWindow): Promise<CountedWindow> {
  const readableFiles = [...asked.segments, ...asked.parts, asked.outcomes];
  return withDatabase({ ...accessOf(asked), readableFiles }, async (database) => {
    await database.run('CREATE SCHEMA mlops');
    await database.run(`CREATE TABLE mlops.line AS ${linesOf(asked)}`);
    await database.run(`CREATE TABLE mlops.outcome AS SELECT * FROM read_csv(${quoteText(asked.outcomes)},
      header=false, auto_detect=false, columns={'id': 'VARCHAR', 'outcome': 'DOUBLE'})`);
    await database.run('DELETE FROM mlops.line WHERE id IN (SELECT id FROM mlops.outcome WHERE outcome IS NULL)');
    return countWindow(database);
  });
}

const accessOf = ({ directory, limits }: LoggedWindow): DatabaseAccess => ({ directory, limits });

/** Lines of this window, and those that cannot be read: whose they are, nobody knows. */
function linesOf({ model, environment, window, segments, parts }: LoggedWindow): string {
  const sources = [
    ...(segments.length > 0 ? [segmentLines(segments)] : []),
    ...(parts.length > 0 ? [partLines(parts)] : []),
  ];
  const { from, to } = window;
  const lines = sources.length === 0 ? noLines : sources.join(' UNION ALL ');
  return `SELECT id, version, output, inputs, readable FROM (SELECT *, ${isPrediction} AS readable FROM (${lines}))
    WHERE NOT readable OR (model = ${quoteText(model)} AND environment = ${quoteText(environment)}
      AND happened >= ${quoteInstant(from)} AND happened < ${quoteInstant(to)})`;
}

const noLines = `SELECT '' AS id, '' AS model, '' AS environment, 0 AS version, 0::DOUBLE AS output,
  TIMESTAMP '1970-01-01' AS happened, '{}'::JSON AS inputs WHERE false`;

const segmentLines = (files: readonly string[]): string =>
  `SELECT id, model, environment, version, output, happened, inputs FROM (${predictionsIn(files)})`;

function partLines(files: readonly string[]): string {
  return `SELECT id, model, environment, version, output, happened, inputs::JSON AS inputs
    FROM read_parquet([${files.map(quoteText).join(', ')}], hive_partitioning=false)`;
}

async function countWindow(database: Database): Promise<CountedWindow> {
  const counted = await database.rows(
    `SELECT version, count(*)::DOUBLE AS rows FROM mlops.line WHERE readable GROUP BY version ORDER BY version`,
  );
  const { unreadable } = await database.row('SELECT count(*)::DOUBLE AS unreadable FROM mlops.line WHERE NOT readable');
  const versions = counted.map(({ version, rows }) => ({ version: Number(version), rows: Number(rows) }));
  return { versions, unreadable: Number(unreadable) };
}

export type RawValue = number | string | null;

export interface WatchedColumn {
  readonly name: string;
  readonly type: Column['type'];
  /** as numbers, or as the texts of categories */
  readonly as: 'numbers' | 'texts';
  readonly add: (value: RawValue) => void;
}

export interface WatchedRows {
  readonly version: number;
  readonly columns: readonly WatchedColumn[];
  readonly addOutput: (output: number) => void;
  /** a true outcome and what had been predicted, in the order of their ids, whatever files they came from */
  readonly addOutcome: (outcome: number, output: number) => void;
}

/** Streams a version's rows, column by column in blocks of 2,048 rows, and its true outcomes; after `ingestWindow`. */
export async function readWindow(asked: LoggedWindow, watched: WatchedRows): Promise<void> {
  await withDatabase({ ...accessOf(asked), threads: 1 }, async (database) => {
    const adders = [watched.addOutput, ...watched.columns.map(({ add }) => add)] as ((value: RawValue) => void)[];
    for await (const columns of blocks(database, columnsSql(watched)))
      for (const [at, add] of adders.entries()) for (const value of columns[at] ?? []) add(value);
    for await (const [outcomes = [], outputs = []] of blocks(database, outcomesSql(watched)))
      for (const [at, outcome] of outcomes.entries()) watched.addOutcome(Number(outcome), Number(outputs[at]));
  });
}

async function* blocks(database: Database, sql: string): AsyncGenerator<RawValue[][]> {
  const result = await database.connection.stream(sql);
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk())
    yield chunk.getColumns() as RawValue[][];
}

/** The JSON of a line is taken apart twice, once for numbers and once for texts, however many columns there are. */
function columnsSql({ version, columns }: WatchedRows): string {
  const numbers = columns.filter((column) => column.as === 'numbers');
  const texts = columns.filter((column) => column.as === 'texts');
  const values = columns.map((column) =>
    column.as === 'numbers'
      ? numberIn(`n[${numbers.indexOf(column) + 1}]::VARCHAR`, column.type)
      : `t[${texts.indexOf(column) + 1}]`,
  );
  return `SELECT ${['output', ...values].join(', ')} FROM (
      SELECT output${taken('json_extract', numbers, 'n')}${taken('json_extract_string', texts, 't')} FROM mlops.line
      WHERE readable AND version = ${version})`;
}

function taken(how: string, columns: readonly WatchedColumn[], as: string): string {
  return columns.length === 0
    ? ''
    : `, ${how}(inputs, [${columns.map(({ name }) => quoteText(pointer(name))).join(', ')}]) AS ${as}`;
}

/** A JSON pointer (RFC 6901): no name breaks out of it. */
const pointer = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** As the baseline counted them: booleans 0 and 1, times in milliseconds; a text is no number. */
function numberIn(json: string, type: Column['type']): string {
  const time = `epoch_ms(${timeIn(`trim(${json}, '"')`)})::DOUBLE`;
  const number = `TRY_CAST(${json} AS DOUBLE)`;
  return `CASE ${json} WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE ${type === 'timestamp' ? `coalesce(${number}, ${time})` : number} END`;
}

function outcomesSql({ version }: WatchedRows): string {
  return `SELECT o.outcome, l.output FROM mlops.line AS l JOIN mlops.outcome AS o USING (id)
    WHERE l.readable AND l.version = ${version} ORDER BY id`;
}
