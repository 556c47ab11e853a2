import type { Pool } from 'pg';
import type { Lookups, ReportAsked, ReportLine, RunLine } from '../lookups.js';
import type { RunFact } from '../registry.js';

export async function models(pool: Pool): ReturnType<Lookups['models']> {
  const { rows } = await pool.query<{ model: string }>(
    `select model from run union select model from model_version union select model from lifecycle_change
     order by model`,
  );
  return rows.map(({ model }) => model);
}

interface RunRow {
  readonly body: string;
  readonly recordedAt: Date;
  readonly versions: number[];
}

export async function runs(pool: Pool, model: string, limit: number): Promise<RunLine[]> {
  const { rows } = await pool.query<RunRow>(
    `select f.body, f.recorded_at as "recordedAt",
       array(select v.version from model_version v where v.run_id = r.run_id order by v.version) as versions
     from run r join fact f using (seq) where r.model = $1 order by seq desc limit $2`,
    [model, limit],
  );
  return rows.map(lineOf);
}

function lineOf({ body, recordedAt, versions }: RunRow): RunLine {
  const { runId, trainer, status, parameters, seed, dataset, validation, test, reason } = JSON.parse(body) as RunFact;
  const { name, version } = dataset;
  const startedAt = recordedAt.toISOString();
  const measured = { validation: validation ?? {}, test: test ?? {} };
  return {
    runId,
    trainer,
    status,
    startedAt,
    parameters,
    seed,
    dataset: { name, version },
    ...measured,
    reason,
    versions,
  };
}

interface ReportRow extends Omit<ReportLine, 'from' | 'to'> {
  readonly from: Date;
  readonly to: Date;
}

/** Of a window that was looked at twice, the later look counts. */
export async function report(
  pool: Pool,
  model: string,
  { environment, day, window }: ReportAsked,
): Promise<ReportLine | null> {
  const { rows } = await pool.query<ReportRow>(
    `select environment, version, from_at as "from", to_at as "to", verdict,
       b #>> '{result,htmlDigest}' as "htmlDigest",
       (select uri from v_artifact where digest = b #>> '{result,htmlDigest}' limit 1) as uri
     from monitor_window join fact using (seq), lateral (select body::jsonb as b) as x
     where model = $1 and environment = coalesce($2, environment)
       and ($3::timestamptz is null or (from_at <= $3 and $3 < to_at))
       and ($4::timestamptz is null or (from_at = $4 and to_at = $5::timestamptz)) and b #>> '{result,htmlDigest}' is not null
     order by to_at desc, seq desc limit 1`,
    [model, environment ?? null, day ?? null, window?.from ?? null, window?.to ?? null],
  );
  const [found] = rows;
  return found === undefined ? null : { ...found, from: found.from.toISOString(), to: found.to.toISOString() };
}

/** What begins like this lies between it and the first text after all of its kind: hex digits end before "g". */
export async function digestsFrom(pool: Pool, beginning: string, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ digest: string }>(
    `select distinct digest from artifact where digest collate "C" >= $1 and digest collate "C" < $1 || 'g'
     order by digest limit $2`,
    [beginning, limit],
  );
  return rows.map(({ digest }) => digest);
}
