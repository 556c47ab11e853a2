import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import {
  type Appended,
  canonicalJson,
  type FactInput,
  type FactOrigin,
  Instant,
  type PredictionRecord,
} from '../../../schemas/index.js';
import type { OutcomeDelivery, PredictionSegment } from '../prediction-log.js';
import { type AppendedRow, appendedOf, rowOf } from './facts.js';

/** Outcomes of one fact; a larger delivery is several facts. */
const outcomeBatchRows = 5_000;

export async function appendSegment(
  pool: Pool,
  segment: PredictionSegment,
  predictions: PredictionRecord[],
): Promise<Appended> {
  const records = predictions.map(indexed);
  const days = [...new Set(records.map((record) => record.eventAt.slice(0, 10)))];
  const given = [JSON.stringify(rowOf(segmentFact(segment, predictions))), days, JSON.stringify(records)];
  const { rows } = await pool.query<AppendedRow>('select * from append_segment($1, $2, $3)', given);
  const [row] = rows;
  if (!row) throw new TypeError('an append answers with its fact');
  return appendedOf(row);
}

export async function recordOutcomes(
  pool: Pool,
  { by, outcomes }: OutcomeDelivery,
  origin: FactOrigin,
): Promise<number> {
  let added = 0;
  for (let at = 0; at < outcomes.length; at += outcomeBatchRows) {
    const rows = outcomes.slice(at, at + outcomeBatchRows).map((row) => ({ ...row, outcome: Number(row.outcome) }));
    const digest = sha256(canonicalJson({ by, outcomes: rows }));
    const fact: FactInput = {
      kind: 'outcomes',
      key: `outcomes/${digest}`,
      origin,
      digest,
      body: { by, rows: rows.length, digest },
    };
    const given = [JSON.stringify(rowOf(fact)), JSON.stringify(rows)];
    const { rows: answer } = await pool.query<{ added: number }>('select append_outcomes($1, $2) as added', given);
    added += answer[0]?.added ?? 0;
  }
  return added;
}

function segmentFact(
  { environment, digest, sizeBytes, uri, lost }: PredictionSegment,
  predictions: PredictionRecord[],
): FactInput {
  const models = [...new Set(predictions.map((prediction) => prediction.modelDigest))].sort();
  return {
    kind: 'predictionSegment',
    key: `segment/${digest}`,
    origin: { workflowId: `endpoint/${environment}`, step: `segment/${digest}` },
    digest,
    body: { environment, digest, rows: predictions.length, sizeBytes, lost },
    artifacts: [{ digest, uri, sizeBytes, kind: 'prediction-segment' }],
    edges: models.map((model) => ({ from: model, to: digest, relation: 'predicted' })),
  };
}

/** The index's columns. Event times come from requests: one that is no time must not keep a whole segment out. */
function indexed({ inputs: _inputs, output: _output, eventAt, ...record }: PredictionRecord) {
  return { ...record, eventAt: isTime(eventAt) ? eventAt : record.at };
}

function isTime(text: string): boolean {
  const time = Instant.safeParse(text).success ? new Date(text.replace(' ', 'T')) : null;
  const isReal = time !== null && !Number.isNaN(time.getTime());
  // 30 February is a time to JavaScript, and so is 24:00.
  return isReal && new Date(`${text.slice(0, 10)}Z`).toISOString().startsWith(text.slice(0, 10));
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
