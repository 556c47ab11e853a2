import type { Pool } from 'pg';
import type { Digest, EndpointName } from '../../../schemas/index.js';
import type {
  DatasetReport,
  DatasetVersionRow,
  Life,
  ModelVersionFact,
  ModelVersionRow,
  MonitorMark,
  PromotedVersion,
  RunFact,
} from '../registry.js';
import { bodyOf, first } from './rows.js';

export function datasetVersion(pool: Pool, name: string, version?: number): Promise<DatasetVersionRow | null> {
  const table = version === undefined ? 'newest_dataset_version' : 'dataset_version';
  return first<DatasetVersionRow>(
    pool,
    `select dataset as name, version, digest, rows::float8 as rows, labelled,
       (select to_char(f.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        from dataset_version as d join fact as f using (seq)
        where d.dataset = v.dataset and d.version = v.version) as "recordedAt"
     from ${table} as v where dataset = $1 and version = coalesce($2, version)`,
    [name, version ?? null],
  );
}

export async function datasetReports(pool: Pool, digest: string): Promise<DatasetReport[]> {
  const { rows } = await pool.query<DatasetReport>(
    `select distinct a.kind, a.digest from dataset_version as v join recorded_artifact as a using (seq)
     where (a.kind = 'profile' and v.digest = $1) or (a.kind in ('reading', 'validation') and (v.digest = $1 or v.digest in (
       select from_id from lineage_edge where to_id = $1 and relation = 'labelled')))
     order by 1, 2`,
    [digest],
  );
  return rows;
}

export async function sourceSchemas(pool: Pool, dataset: string): Promise<Digest | null> {
  const found = await first<{ digest: Digest }>(
    pool,
    'select digest from source_schema where dataset = $1 order by seq desc limit 1',
    [dataset],
  );
  return found?.digest ?? null;
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

export async function promotedVersions(pool: Pool, model: string, environment: string): Promise<PromotedVersion[]> {
  const { rows } = await pool.query<PromotedVersion>(
    `select distinct version, model_digest as "modelDigest" from endpoint_change
     where model = $1 and environment = $2 and change = 'promoted' and version is not null`,
    [model, environment],
  );
  return rows;
}

/** Of a window that was looked at twice, the later look counts. */
export async function monitorMark(
  pool: Pool,
  { model, environment }: EndpointName,
  before?: string,
): Promise<MonitorMark> {
  const found = await first<{ watermark: Date | null; bad: number; verdict: string | null }>(
    pool,
    `with looked as (
       select distinct on (to_at) to_at, bad, verdict from monitor_window
       where model = $1 and environment = $2 and to_at <= coalesce($3::timestamptz, 'infinity') order by to_at, seq desc
     )
     select max(to_at) as watermark, (array_agg(verdict order by to_at desc))[1] as verdict, count(*) filter (
       where to_at > coalesce((select max(to_at) from looked where not bad), '-infinity'))::int as bad
     from looked`,
    [model, environment, before ?? null],
  );
  return {
    watermark: found?.watermark?.toISOString() ?? null,
    badWindows: found?.bad ?? 0,
    verdict: found?.verdict ?? null,
  };
}

export function life(pool: Pool, model: string): Promise<Life | null> {
  return first<Life>(
    pool,
    `with change as (select * from lifecycle_change where model = $1)
     select
       (select specification from change where specification is not null order by seq desc limit 1) as specification,
       (select bool_or(signatures_required) from change) as "signaturesRequired",
       (select case when last.change = 'retired' then json_build_object('by', last.changed_by, 'reason', last.reason) end
        from change as last order by seq desc limit 1) as retired,
       (select max(version) from model_version where model = $1) as version,
       (select coalesce(json_agg(newest), '[]') from (
          select distinct on (environment) environment, version from endpoint_change
          where model = $1 and change = 'promoted' order by environment, seq desc) as newest) as promoted,
       (select coalesce(json_agg(distinct environment), '[]') from gate_decision where model = $1) as "decidedIn"
     where exists (select from change)`,
    [model],
  );
}
