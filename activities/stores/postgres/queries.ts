import type { Pool, QueryResultRow } from 'pg';
import type { ArtifactRow, Digest, Fact } from '../../../schemas/index.js';
import type {
  DatasetVersionRow,
  ModelVersionFact,
  ModelVersionRow,
  MonitorMark,
  RunFact,
  UnmatchedOutcomes,
} from '../ledger.js';

const artifactBatchRows = 1_000;

export function datasetVersion(pool: Pool, name: string, version?: number): Promise<DatasetVersionRow | null> {
  return first<DatasetVersionRow>(
    pool,
    `select dataset as name, version, digest, rows::float8 as rows, labelled from dataset_version
     where dataset = $1 and version = coalesce($2, version) order by version desc limit 1`,
    [name, version ?? null],
  );
}

export function fact(pool: Pool, key: string): Promise<Fact['body'] | null> {
  return bodyOf<Fact['body']>(pool, 'select body from fact where key = $1', [key]);
}

export async function run(pool: Pool, runId: string): Promise<RunFact | null> {
  return bodyOf<RunFact>(pool, 'select body from run join fact using (seq) where run_id = $1', [runId]);
}

export async function bestRun(pool: Pool, model: string): Promise<RunFact | null> {
  const found = await first<{ run_id: string }>(
    pool,
    'select run_id from best_run where model = $1 order by seq desc limit 1',
    [model],
  );
  return found && run(pool, found.run_id);
}

export async function modelVersion(pool: Pool, model: string, version?: number): Promise<ModelVersionRow | null> {
  const found = await first<{ version: number; body: string }>(
    pool,
    `select version, body from model_version join fact using (seq)
     where model = $1 and version = coalesce($2, version) order by version desc limit 1`,
    [model, version ?? null],
  );
  return found && { ...(JSON.parse(found.body) as ModelVersionFact), version: found.version };
}

export async function lastGeneration(pool: Pool, model: string, environment: string): Promise<number> {
  const found = await first<{ generation: number }>(
    pool,
    'select coalesce(max(generation), 0)::float8 as generation from endpoint_change where model = $1 and environment = $2',
    [model, environment],
  );
  return found?.generation ?? 0;
}

export async function segments(
  pool: Pool,
  model: string,
  environment: string,
  from: string,
  to: string,
): Promise<Digest[]> {
  const { rows } = await pool.query<{ digest: string }>(
    `select encode(segment, 'hex') as digest from prediction
     where model = $1 and environment = $2 and event_at >= $3 and event_at < $4 group by segment order by min(event_at), 1`,
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

export async function outcomes(
  pool: Pool,
  model: string,
  environment: string,
  from: string,
  to: string,
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ request_id: string; outcome: number }>(
    `select distinct request_id, outcome from prediction join outcome using (request_id)
     where model = $1 and environment = $2 and event_at >= $3 and event_at < $4`,
    [model, environment, from, to],
  );
  return new Map(rows.map((row) => [row.request_id, row.outcome]));
}

/** Each is looked for in every day of the prediction log: with two years of days this many take a second or two. */
const newestOutcomes = 500;

export async function unmatchedOutcomes(pool: Pool, settledMs: number): Promise<UnmatchedOutcomes> {
  const found = await first<UnmatchedOutcomes>(
    pool,
    `with newest as (
       select o.request_id from outcome_batch as b join fact using (seq) join outcome as o on o.batch = decode(b.digest, 'hex')
       where fact.recorded_at <= now() - $1 * interval '1 millisecond' order by b.seq desc limit $2
     ), looked as (
       select n.request_id, exists (select from prediction as p where p.request_id = n.request_id) as known from newest as n
     )
     select count(*) filter (where not known)::int as unmatched, count(*)::int as "lookedAt",
       min(request_id) filter (where not known) as "requestId"
     from looked`,
    [settledMs, newestOutcomes],
  );
  return found ?? { unmatched: 0, lookedAt: 0, requestId: null };
}

/** Of a window that was looked at twice, the later look counts. */
export async function monitorMark(pool: Pool, model: string, environment: string): Promise<MonitorMark> {
  const found = await first<{ watermark: Date | null; bad: number }>(
    pool,
    `with looked as (
       select distinct on (to_at) to_at, bad from monitor_window
       where model = $1 and environment = $2 order by to_at, seq desc
     )
     select max(to_at) as watermark, count(*) filter (
       where to_at > coalesce((select max(to_at) from looked where not bad), '-infinity'))::int as bad
     from looked`,
    [model, environment],
  );
  return { watermark: found?.watermark?.toISOString() ?? null, badWindows: found?.bad ?? 0 };
}

/** In order of digest and kind, each batch from where the last one ended. */
export async function* artifacts(pool: Pool): AsyncIterable<ArtifactRow[]> {
  let last = { digest: '', kind: '' };
  for (;;) {
    const { rows } = await pool.query<ArtifactRow>(
      `select digest, uri, size_bytes::float8 as "sizeBytes", kind from artifact
       where (digest, kind) > ($1, $2) order by digest, kind limit $3`,
      [last.digest, last.kind, artifactBatchRows],
    );
    const end = rows.at(-1);
    if (!end) return;
    yield rows;
    last = end;
  }
}

async function first<T extends QueryResultRow>(pool: Pool, sql: string, given: unknown[]): Promise<T | null> {
  const { rows } = await pool.query<T>(sql, given);
  return rows[0] ?? null;
}

/** Bodies were parsed when they were appended, and the chain says whether they changed since. */
async function bodyOf<T>(pool: Pool, sql: string, given: unknown[]): Promise<T | null> {
  const found = await first<{ body: string }>(pool, sql, given);
  return found && (JSON.parse(found.body) as T);
}
