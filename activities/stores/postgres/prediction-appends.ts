import type { Pool } from 'pg';
import {
  type Appended,
  type Digest,
  type FactInput,
  type FactOrigin,
  type LoggedRows,
  mostLoggedDays,
  type OutcomeRecord,
  type PredictionRecord,
  predictionParts,
} from '../../../schemas/index.js';
import { type IndexRow, indexDigest, indexRowOf } from '../prediction-index.js';
import type { OutcomeBatch, PredictionSegment } from '../prediction-log.js';
import { type AppendedRow, appendedOf, rowOf } from './facts.js';

export function appendSegment(
  pool: Pool,
  segment: PredictionSegment,
  predictions: PredictionRecord[],
): Promise<Appended> {
  const rows = predictions.map(indexRowOf);
  return append(pool, 'append_segment', { fact: segmentFact(segment, rows), rows });
}

export function recordOutcomes(pool: Pool, batch: OutcomeBatch, origin: FactOrigin): Promise<Appended> {
  const rows = batch.outcomes.map(outcomeRow);
  return append(pool, 'append_outcomes', { fact: batchFact(batch, origin), rows });
}

export async function keptOtherwise(pool: Pool, batch: Digest, outcomes: readonly OutcomeRecord[]): Promise<number> {
  const { rows } = await pool.query<{ differing: number }>(
    `with given as (
       select (place - 1)::integer as place, (o ->> 'prediction')::uuid as prediction, o ->> 'model' as model,
         o ->> 'environment' as environment, o ->> 'requestId' as request_id, (o ->> 'row')::integer as request_row,
         (o ->> 'outcome')::double precision as outcome, (o ->> 'knownAt')::timestamptz as known_at,
         o ->> 'by' as recorded_by, (o ->> 'at')::timestamptz as recorded_at
       from json_array_elements($2) with ordinality as x (o, place)
     ), wanted as (select * from given where recorded_at >= (select retired_before())
     ), kept as (
       select place, prediction, model, environment, request_id, request_row, outcome, known_at, recorded_by, recorded_at
       from outcome where batch = decode($1, 'hex') and recorded_at >= (select retired_before())
     )
     select count(distinct place)::integer as differing
     from ((select * from wanted except select * from kept) union all (select * from kept except select * from wanted)) as x`,
    [batch, JSON.stringify(outcomes.map(outcomeRow))],
  );
  return rows[0]?.differing ?? 0;
}

const outcomeRow = ({ predictionId, ...outcome }: OutcomeRecord) => ({ ...outcome, ...namedPrediction(predictionId) });

interface Given {
  readonly fact: FactInput;
  /** what it stands for */
  readonly rows: readonly object[];
}

/** In one statement. */
async function append(pool: Pool, by: 'append_segment' | 'append_outcomes', { fact, rows }: Given): Promise<Appended> {
  const given = [JSON.stringify(rowOf(fact)), JSON.stringify(rows)];
  const { rows: appended } = await pool.query<AppendedRow>(`select * from ${by}($1, $2)`, given);
  const [row] = appended;
  if (!row) throw new TypeError('an append answers with its fact');
  return appendedOf(row);
}

/** The row that an id names wins over none; a request id has its row beside it. */
function namedPrediction(predictionId: string | null): { prediction?: string; row?: number | null } {
  if (predictionId === null) return {};
  const { id, row } = predictionParts(predictionId);
  return { prediction: id, row };
}

function segmentFact(
  { environment, digest, sizeBytes, uri, lost }: PredictionSegment,
  rows: readonly IndexRow[],
): FactInput {
  const models = [...new Set(rows.map(({ modelDigest }) => modelDigest))].sort();
  return {
    kind: 'predictionSegment',
    key: `segment/${digest}`,
    origin: { workflowId: `endpoint/${environment}`, step: `segment/${digest}` },
    digest,
    body: {
      environment,
      digest,
      rows: rows.length,
      sizeBytes,
      lost,
      indexDigest: indexDigest(rows),
      ...spanOf(rows),
      days: daysOf(rows),
    },
    artifacts: [{ digest, uri, sizeBytes, kind: 'prediction-segment' }],
    edges: models.map((model) => ({ from: model, to: digest, relation: 'predicted' })),
  };
}

/** By model and day, whatever the order of the rows. */
function daysOf(rows: readonly IndexRow[]): LoggedRows[] {
  const counts = new Map<string, LoggedRows>();
  for (const { model, eventAt } of rows) {
    const day = eventAt.slice(0, 10);
    const counted = counts.get(`${model} ${day}`) ?? { model, day, rows: 0 };
    counted.rows += 1;
    counts.set(`${model} ${day}`, counted);
  }
  const largest = [...counts].sort(([a, one], [b, two]) => two.rows - one.rows || (a < b ? -1 : 1));
  return largest.slice(0, mostLoggedDays).map(([, counted]) => counted);
}

function spanOf(rows: readonly IndexRow[]): { firstAt: string; lastAt: string } {
  const times = rows.map(({ at }) => at).sort();
  const [firstAt = never, lastAt = firstAt] = [times[0], times.at(-1)];
  return { firstAt, lastAt };
}

/** Of a segment without rows, which no writer completes. */
const never = new Date(0).toISOString();

function batchFact({ digest, sizeBytes, uri, outcomes }: OutcomeBatch, origin: FactOrigin): FactInput {
  return {
    kind: 'outcomes',
    key: `outcomes/${digest}`,
    origin,
    digest,
    body: { digest, rows: outcomes.length, sizeBytes },
    artifacts: [{ digest, uri, sizeBytes, kind: 'outcome-batch' }],
  };
}
