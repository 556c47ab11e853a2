import { type FileHandle, open } from 'node:fs/promises';
import { DuckDBDoubleVector, DuckDBFloatVector } from '@duckdb/node-api';
import { type Feature, failure } from '../../../schemas/index.js';
import { centredMeans, crossFittedMeans } from '../../../statistics/target-means.js';
import type { Database } from '../database.js';
import { type Candidate, encodedIn } from './prepared-rows.js';
import { type RowCounts, splitNames } from './splits.js';

const trainingSplit = splitNames.indexOf('train');

/** Numbers held in memory at once: 64 MB. */
const cellsAtOnce = 16_000_000;

type Numbers = Float32Array | Float64Array;

interface MatrixColumn {
  /** float32, or for the label double, null for missing, in SQL */
  readonly expression: string;
  readonly numbers: new (rows: number) => Numbers;
  /** turns what SQL gave into what the model sees; the labels of training rows, null for rows that are not learnt from */
  readonly finish?: (values: Numbers, learntFrom: Numbers | null) => void;
}

/** Writes the layout that `MatrixMeta` describes, a few columns at a time, without ever making a row. */
export async function writeMatrix(
  database: Database,
  file: string,
  { features, candidates, rows }: MatrixShape,
): Promise<void> {
  const columns = await Promise.all(
    features.map((feature, index) => columnOf(database, feature, { candidates, index })),
  );
  columns.push(label);
  const handle = await open(file, 'wx');
  try {
    for (const [split, name] of splitNames.entries())
      await writeSplit(database, handle, { split, rows: rows[name], columns });
  } finally {
    await handle.close();
  }
}

const label: MatrixColumn = { expression: 'y', numbers: Float64Array };

export interface MatrixShape {
  readonly features: readonly Feature[];
  readonly candidates: readonly Candidate[];
  readonly rows: RowCounts;
}
interface SplitToWrite {
  readonly split: number;
  readonly rows: number;
  readonly columns: readonly MatrixColumn[];
}

async function writeSplit(
  database: Database,
  handle: FileHandle,
  { split, rows, columns }: SplitToWrite,
): Promise<void> {
  const [labels = null] = split === trainingSplit ? await readColumns(database, [label], { split, rows }) : [];
  const atOnce = Math.max(1, Math.floor(cellsAtOnce / Math.max(1, rows)));
  for (let from = 0; from < columns.length; from += atOnce) {
    const group = columns.slice(from, from + atOnce);
    const values = await readColumns(database, group, { split, rows });
    for (const [index, column] of group.entries()) column.finish?.(values[index] as Numbers, labels);
    for (const value of values) await handle.writeFile(new Uint8Array(value.buffer)); // until all of it is written
  }
}

async function readColumns(
  database: Database,
  columns: readonly MatrixColumn[],
  { split, rows }: { split: number; rows: number },
): Promise<Numbers[]> {
  const list = columns.map((column, index) => `${column.expression} AS v${index}`).join(', ');
  const result = await database.connection.stream(`SELECT ${list} FROM mlops.prepared WHERE s = ${split}`);
  const values = columns.map(({ numbers }) => new numbers(rows));
  let at = 0;
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const [index, target] of values.entries()) copyVector(chunk.getColumnVector(index), target, at);
    at += chunk.rowCount;
  }
  if (at !== rows) throw failure('SQL_FAILED', `Read ${at} of ${rows} prepared rows.`);
  return values;
}

function copyVector(vector: unknown, target: Numbers, at: number): void {
  const kind = target instanceof Float32Array ? DuckDBFloatVector : DuckDBDoubleVector;
  if (!(vector instanceof kind)) throw failure('SQL_FAILED', 'A feature is not float32, or the label not a double.');
  for (let row = 0; row < vector.itemCount; row++) target[at + row] = vector.getItem(row) ?? Number.NaN;
}

async function columnOf(
  database: Database,
  feature: Feature,
  { candidates, index }: { candidates: readonly Candidate[]; index: number },
): Promise<MatrixColumn> {
  const alias = candidates.find((candidate) => candidate.name === feature.column)?.alias ?? '';
  if (feature.kind !== 'targetMean') return { expression: encoded(feature, alias), numbers: Float32Array };
  const type = `category_${index}`;
  await database.run(
    `CREATE TYPE ${type} AS ENUM (SELECT DISTINCT ${alias} FROM mlops.prepared WHERE s = 0 AND ${alias} IS NOT NULL ORDER BY 1)`,
  );
  return {
    expression: `enum_code(TRY_CAST(${alias} AS ${type}))::FLOAT`,
    numbers: Float32Array,
    finish: (values, learntFrom) => replaceCodes(values, feature, learntFrom),
  };
}

function encoded(feature: Exclude<Feature, TargetMeans>, alias: string): string {
  switch (feature.kind) {
    case 'numeric':
      return encodedIn.numeric(alias, feature.center);
    case 'boolean':
      return encodedIn.boolean(alias, feature.complete);
    case 'minuteOfDay':
    case 'dayOfWeek':
      return encodedIn[feature.kind](alias);
  }
}

type TargetMeans = Extract<Feature, { kind: 'targetMean' }>;

/** An enum's codes follow the order of its categories, which is the order of `means`. */
function replaceCodes(values: Numbers, feature: TargetMeans, labels: Numbers | null): void {
  const { means, fallback } = centredMeans(feature);
  const { center = 0 } = feature;
  const own = labels === null ? null : crossFittedMeans({ codes: values, labels }).map((mean) => mean - center);
  const meanOf = (row: number) => (own === null ? means[values[row] as number] : own[row]) ?? fallback;
  for (let row = 0; row < values.length; row++) {
    const mean = meanOf(row);
    values[row] = Number.isNaN(mean) ? fallback : mean;
  }
}
