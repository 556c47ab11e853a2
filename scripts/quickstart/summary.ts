import type pg from 'pg';
import type { LineageNode } from '../../schemas/index.js';
import type { Told } from './story.js';

export interface Summary {
  readonly model: string;
  readonly dataset: { name: string; versions: { version: number; digest: string; rows: number }[] };
  readonly modelVersions: {
    version: number;
    digest: string;
    metrics: { rocAuc: number | null; logLoss: number | null };
  }[];
  readonly approvals: { version: number; decision: string; decidedBy: string }[];
  readonly deployments: { environment: string; version: number; outcome: string }[];
  readonly requests: { sent: number; failed: number };
  readonly monitor: {
    driftedColumns: string[];
    rocAuc: number | null;
    calibration: number | null;
    verdict: string;
    report: string;
    windows: number;
  };
  readonly retrain: { outcome: string; reason: string };
  readonly rollback: { toVersion: number | null; seconds: number };
  readonly lineage: { requestId: string; steps: number };
  readonly verify: { ok: boolean };
  readonly links: { temporal: string; report: string };
  readonly seconds: Record<string, number>;
}

export interface SummaryParts {
  readonly model: string;
  readonly told: Told;
  readonly requests: { sent: number; failed: number };
  /** what made one prediction */
  readonly lineage: readonly LineageNode[];
  readonly verified: boolean;
  readonly temporalUi: string;
  readonly reportFile: string;
  readonly seconds: Record<string, number>;
}

/** What happened, read from the ledger's public views: nothing of it is remembered by the story itself. */
export async function summarize(pool: pg.Pool, parts: SummaryParts): Promise<Summary> {
  const { model, told } = parts;
  const last = told.windows.at(-1);
  const rows = async <T>(sql: string) => (await pool.query(sql, [model])).rows as T[];
  return {
    model,
    dataset: {
      name: 'flights',
      versions: (
        await pool.query(
          `select version, digest, rows::int as rows from v_dataset_version where dataset = 'flights' order by version`,
        )
      ).rows as Summary['dataset']['versions'],
    },
    modelVersions: await rows(`
      select v.version, v.digest, json_build_object(
        'rocAuc', (select value from v_metric m where m.run_id = v.run_id and m.name = 'rocAuc' and m.split = 'test' limit 1),
        'logLoss', (select value from v_metric m where m.run_id = v.run_id and m.name = 'logLoss' and m.split = 'test' limit 1)) as metrics
      from v_model_version v where v.model = $1 order by v.version`),
    approvals: await rows(
      `select version, decision, decided_by as "decidedBy" from v_approval where model = $1 order by decided_at`,
    ),
    deployments: await rows(
      `select environment, version, change as outcome from endpoint_change where model = $1 and change <> 'candidate' order by seq`,
    ),
    requests: parts.requests,
    monitor: {
      driftedColumns: last?.driftedColumns ?? [],
      rocAuc: last?.quality && 'rocAuc' in last.quality ? last.quality.rocAuc : null,
      calibration: last?.calibrationGap ?? null,
      verdict: last?.verdict ?? 'nothingToLookAt',
      report: parts.reportFile,
      windows: told.windows.length,
    },
    retrain: told.retrain,
    rollback: told.rollback,
    lineage: { requestId: told.oneRequest, steps: parts.lineage.length },
    verify: { ok: parts.verified },
    links: { temporal: parts.temporalUi, report: parts.reportFile },
    seconds: parts.seconds,
  };
}

/** The summary as a table of two columns. */
export function summaryTable(s: Summary): string {
  const versions = s.modelVersions.map(
    (v) => `version ${v.version}: test AUC ${number(v.metrics.rocAuc)}, log loss ${number(v.metrics.logLoss)}`,
  );
  const rows: [string, string][] = [
    [
      'dataset',
      s.dataset.versions
        .map((v) => `${s.dataset.name} version ${v.version}: ${v.rows.toLocaleString('en')} rows`)
        .join('; '),
    ],
    ['model', `${versions.join('; ')} (each on test rows of its own)`],
    ['approvals', s.approvals.map((a) => `version ${a.version} ${a.decision} by ${a.decidedBy}`).join('; ')],
    ['served', s.deployments.map((d) => `version ${d.version} (${d.outcome})`).join(' → ')],
    ['requests', `${s.requests.sent.toLocaleString('en')} sent, ${s.requests.failed} failed`],
    [
      'monitor',
      `${s.monitor.windows} days; last: ${s.monitor.verdict}, AUC ${number(s.monitor.rocAuc)}, calibration gap ${number(s.monitor.calibration)}, drifted columns: ${s.monitor.driftedColumns.join(', ') || 'none'}`,
    ],
    ['retrain', `${s.retrain.outcome}: ${s.retrain.reason}`],
    [
      'rollback',
      s.rollback.toVersion === null
        ? 'changed nothing'
        : `to version ${s.rollback.toVersion}, ${s.rollback.seconds} s after the signal`,
    ],
    [
      'ledger',
      s.verify.ok ? 'verified: chain, projections and blobs are whole' : 'FAULTY: run "npx temporal-mlops verify"',
    ],
    ['Temporal UI', s.links.temporal],
    ['last report', s.links.report],
    ['total', `${s.seconds['total'] ?? 0} s`],
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(12)}${value}`).join('\n');
}

const number = (value: number | null) => (value === null ? '–' : value.toFixed(4));
