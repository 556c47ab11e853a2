import type { Pool } from 'pg';
import { type EndpointName, leadingMetric } from '../../../schemas/index.js';
import type { MonitorPast, PastAsked, PastWindow } from '../registry.js';
import { first } from './rows.js';

export async function monitorPast(
  pool: Pool,
  { model, environment }: EndpointName,
  { before, most }: PastAsked,
): Promise<MonitorPast> {
  const found = await first<{ windows: PastRow[]; asked: MonitorPast['asked'] }>(
    pool,
    `with looked as (
       select distinct on (from_at, to_at) from_at, to_at, verdict, seq from monitor_window
       where model = $1 and environment = $2 and to_at <= $3::timestamptz order by from_at, to_at, seq desc
     ), newest as (
       select * from looked order by to_at desc, from_at desc limit $4
     )
     select
       (select coalesce(json_agg(json_build_object('verdict', verdict, 'body', body::json) order by to_at, from_at), '[]')
        from newest join fact using (seq)) as windows,
       (select json_build_object('at', happened_at at time zone 'utc', 'outcome', outcome, 'reason', reason)
        from retrain_event where model = $1 and asked_by = 'monitor' and outcome in ('started', 'notActedOn')
        order by seq desc limit 1) as asked`,
    [model, environment, before, most],
  );
  return { windows: (found?.windows ?? []).map(pastWindow), asked: found?.asked ?? null };
}

interface PastRow {
  readonly verdict: string;
  readonly body: { readonly from: string; readonly to: string; readonly result: Partial<ToldResult> };
}

/** What a fact says of its window; a release may tell more than the one before. */
interface ToldResult {
  readonly predictions: number;
  readonly outcomes: number;
  readonly driftedColumns: readonly string[];
  readonly drifted: number;
  readonly quality: Readonly<Record<string, number | null>> | null;
  readonly calibrationGap: number | null;
}

function pastWindow({ verdict, body: { from, to, result } }: PastRow): PastWindow {
  return {
    from,
    to,
    verdict,
    predictions: result.predictions ?? 0,
    outcomes: result.outcomes ?? 0,
    driftedColumns: result.drifted ?? result.driftedColumns?.length ?? 0,
    quality: leadingMetric(result.quality ?? null)?.value ?? null,
    calibrationGap: result.calibrationGap ?? null,
  };
}
