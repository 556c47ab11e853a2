import type { PoolClient, QueryConfig } from 'pg';
import type { LedgerFault } from '../ledger.js';

/** Of one question; it may read a whole table, which takes longer than any append. */
export const verifyTimeoutMs = 600_000;

export function patient(text: string, values: unknown[] = []): QueryConfig & { query_timeout: number } {
  return { text, values, query_timeout: verifyTimeoutMs };
}

/** Tables whose rows are exactly what the facts call for: the view `expected_<table>` in the table's own columns. */
const projected: Record<string, string> = {
  run: 'select * from expected_run',
  metric: 'select * from expected_metric',
  best_run: 'select * from expected_best_run',
  approval: 'select * from expected_approval',
  gate_decision: 'select * from expected_gate_decision',
  endpoint_change: 'select * from expected_endpoint_change',
  monitor_window: 'select * from expected_monitor_window',
  retrain_event: 'select * from expected_retrain_event',
  prediction_segment: 'select * from expected_prediction_segment',
  outcome_batch: 'select * from expected_outcome_batch',
  dataset_version: numbered('dataset, digest', 'dataset', 'dataset, version, digest, rows, labelled, seq'),
  model_version: numbered(
    'model, package_digest',
    'model',
    'model, version, run_id, model_digest, package_digest, dataset_digest, seq',
  ),
  artifact: `select distinct on (digest, kind) digest, kind, uri, size_bytes, seq from expected_artifact
    order by digest, kind, seq, place`,
  lineage_edge: 'select from_id, to_id, relation, min(seq) as seq from expected_lineage_edge group by 1, 2, 3',
};

/** Each gives one row per fault: what, seq. */
const invariants = [
  `select 'version ' || coalesce(c.version::text, '?') || ' of ' || c.model || ' went to ' || c.environment || ' without an approval' as what, c.seq
   from endpoint_change as c
   where c.change in ('candidate', 'promoted') and not exists (
     select from gate_decision as d
     where d.model = c.model and d.version = c.version and d.environment = c.environment
       and d.model_digest = c.model_digest and d.decision = 'approved')
   order by c.seq`,
  `select 'the endpoint ' || model || ' in ' || environment || ' has ' || count(*) || ' current versions' as what, null as seq
   from v_deployment where current group by model, environment having count(*) > 1`,
  `select 'the outcome of request "' || request_id || '" belongs to no fact' as what, null as seq
   from outcome as o where not exists (select from outcome_batch as b where decode(b.digest, 'hex') = o.batch)`,
  `select 'more outcomes than fact ' || b.seq || ' recorded' as what, b.seq
   from outcome_batch as b join (select batch, count(*) as rows from outcome group by batch) as o on o.batch = decode(b.digest, 'hex')
   where o.rows > b.rows order by b.seq`,
  // Last, because it looks into every partition. Days may have been retired, so there may be fewer rows, never more.
  `select case when s.seq is null then 'predictions of segment ' || encode(p.segment, 'hex') || ' belong to no fact'
     else 'more predictions than fact ' || s.seq || ' recorded' end as what, s.seq
   from (select segment, count(*) as rows from prediction group by segment) as p
     left join prediction_segment as s on decode(s.digest, 'hex') = p.segment
   where s.seq is null or p.rows > s.rows`,
];

export async function projectionFaults(client: PoolClient, limit: number): Promise<LedgerFault[]> {
  const faults: LedgerFault[] = [];
  const questions = [
    ...Object.entries(projected).map(([table, expected]) => difference(table, expected)),
    ...invariants,
  ];
  for (const sql of questions) {
    if (faults.length >= limit) break;
    const { rows } = await client.query<{ what: string; seq: string | null }>(patient(`${sql} limit ${limit}`));
    faults.push(...rows.map(({ what, seq }) => ({ what, seq: seq === null ? null : Number(seq) })));
  }
  return faults;
}

/** Compared as a multiset: a row too many and a row too few both show. */
function difference(table: string, expected: string): string {
  return `with expected as (${expected}), missing as (table expected except all table ${table}),
      extra as (table ${table} except all table expected)
    select 'a row of ${table} that a fact calls for is missing' as what, seq from missing as m
    union all select 'a row of ${table} was not called for by its fact' as what, seq from extra`;
}

/** Versions count up by the first fact of each content. */
function numbered(identity: string, series: string, columns: string): string {
  const stem = series === 'dataset' ? 'dataset_version' : 'model_version';
  return `select ${columns} from (
      select *, row_number() over (partition by ${series} order by seq)::integer as version
      from (select distinct on (${identity}) * from expected_${stem} order by ${identity}, seq) as f) as n`;
}
