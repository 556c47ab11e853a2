import {
  asVisibleLine,
  type EndpointState,
  type LifecycleStatus,
  progressOf,
  waitInWords,
} from '../../schemas/index.js';
import { columns } from './text-columns.js';

/** A lifecycle's status for a person: where it stands, what serves, and the exact lines that answer what waits. */
export function statusText(status: LifecycleStatus): string {
  const { model, stage, paused, problem } = status;
  const parts = [
    `${model}: ${stage}${paused ? ' (paused)' : ''}`,
    problem === null ? '' : asVisibleLine(`Trouble: ${problem}`),
    endpoints(status),
    running(status),
    waiting(status),
    behind(status),
    list(
      'Refused messages',
      status.refused.map((r) => `${r.at} ${r.message}: ${r.reason}`),
    ),
    list(
      'Wishes to retrain that were not acted on',
      status.triggersNotActedOn.map((t) => `${t.at} ${t.by}: ${t.reason}`),
    ),
    list(
      'History',
      status.history.slice(-12).map((h) => `${h.at.slice(0, 19)}Z ${h.what}`),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function endpoints({ endpoints: all, model }: LifecycleStatus): string {
  if (all.length === 0) return 'No endpoint yet.';
  const rows = all.map(({ environment, routes, generation, pushed, rollout }) => [
    environment,
    String(routes.current?.version ?? '–'),
    routes.candidate ? `${routes.candidate.version} (${routes.candidate.share * 100} %)` : '–',
    String(routes.previous?.version ?? '–'),
    `${generation}${pushed ? '' : ' (being pushed)'}`,
    rollout ? `version ${rollout.version}: ${stageOf(rollout)}` : '–',
  ]);
  const table = columns([['ENVIRONMENT', 'SERVES', 'CANDIDATE', 'KEPT WARM', 'GENERATION', 'ROLLOUT'], ...rows]);
  return [table, ...all.flatMap((endpoint) => requests(endpoint, model))].join('\n');
}

/** What goes on only with requests, or with time. */
function requests({ environment, rollout }: EndpointState, model: string): string[] {
  if (!rollout?.waits) return [];
  return [asVisibleLine(`${environment} waits for: ${waitInWords(rollout.waits, model)}`)];
}

function running({ running: all }: LifecycleStatus): string {
  const lines = all.map(({ stage, workflowId, waitsFor, says }) =>
    asVisibleLine(`${stage}: ${waitsFor ?? says ?? workflowId}`),
  );
  return list('Now', lines);
}

/** A step counts from 1 where people read it. */
function stageOf({ phase, step, steps }: NonNullable<EndpointState['rollout']>): string {
  if (phase !== 'atStep' && phase !== 'paused' && phase !== 'held') return phase;
  return `${phase === 'atStep' ? '' : `${phase} `}at step ${step + 1} of ${steps}`;
}

function waiting({ waitingFor, answerWith, endpoints: all, model }: LifecycleStatus): string {
  if (answerWith.length === 0) return '';
  const gates = waitingFor.flatMap((g) => [
    asVisibleLine(`Version ${g.version} waits for approval to ${g.environment}, since ${g.openedAt}${progressOf(g)}.`),
    ...g.evidence.map((line) => asVisibleLine(`  · ${line}`)),
  ]);
  const pauses = all.flatMap(({ environment, rollout }) =>
    rollout?.phase === 'paused'
      ? [`The rollout of version ${rollout.version} to ${environment} waits for "resume", since ${rollout.since}.`]
      : [],
  );
  const holds = all.flatMap(({ environment, rollout }) =>
    rollout?.phase === 'approved, held' || rollout?.phase === 'held'
      ? [
          `The rollout of version ${rollout.version} to ${environment} is held: the model is paused. "resume" takes it on.`,
        ]
      : [],
  );
  const short = waitingFor.flatMap((g) => {
    const line = `  npx temporal-mlops approve ${model} --version ${g.version} --environment ${g.environment}`;
    return [line, `${line} --reject --comment 'why not'`];
  });
  const lines = answerWith.map((line) => asVisibleLine(`  ${line}`));
  const how = waitingFor.length === 0 ? 'Take it on with:' : 'Answer (approve, or reject) with one of:';
  return [...gates, ...pauses, ...holds, how, ...short, ...lines].join('\n');
}

function behind({ ledgerBehindBy, dropped }: LifecycleStatus): string {
  const waits = ledgerBehindBy === 0 ? [] : [`${ledgerBehindBy} fact(s) are not in the ledger yet.`];
  const lost =
    dropped.outcomes === 0 ? [] : [`${dropped.outcomes} batch(es) of outcomes were dropped: send them again.`];
  return [...waits, ...lost].join('\n');
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`${title}:`, ...lines.map((line) => asVisibleLine(`  ${line}`))].join('\n');
}
