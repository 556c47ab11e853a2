import type { Pool } from 'pg';
import type { Digest } from '../../../schemas/index.js';
import type { PredictionRange } from '../prediction-log.js';
import { first } from './rows.js';

export async function segments(pool: Pool, { model, environment, from, to }: PredictionRange): Promise<Digest[]> {
  const { rows } = await pool.query<{ digest: string }>(
    `select encode(segment, 'hex') as digest from prediction
     where model = $1 and environment = $2 and event_at >= $3 and event_at < $4 and at >= (select retired_before())
     group by segment order by min(event_at), 1`,
    [model, environment, from, to],
  );
  return rows.map((row) => row.digest);
}

export async function predictionSpan(
  pool: Pool,
  model: string,
  environment: string,
): Promise<{ first: string; last: string } | null> {
  const found = await first<{ first: Date | null; last: Date | null }>(
    pool,
    `select min(event_at) as first, max(event_at) as last from prediction
     where model = $1 and environment = $2 and event_at <= now()`,
    [model, environment],
  );
  return found?.first && found.last ? { first: found.first.toISOString(), last: found.last.toISOString() } : null;
}
