import { progressOf } from '../../schemas/approval.js';
import type { EndpointState, LifecycleStatus } from '../../schemas/lifecycle.js';
import { escapeMarkdown } from '../../schemas/markdown.js';
import { waitInWords } from '../../schemas/rollout-wait.js';
import { answerLines, answers, code, evidenceList, pauseCard, resumeLine, resumeModelLine } from './answering.js';
import type { OwnedRollout } from './rollout.js';
import { endpointsInOrder, type Health, isReconciled, type LifecycleState, type Running, timeText } from './state.js';

/** The live card of a lifecycle: where it stands, what it waits for, and the line that answers. */
export function lifecycleCard(state: LifecycleState): string[] {
  return [
    `# ${state.spec.model}: ${stageOf(state)}`,
    ...waitingLines(state),
    endpointTable(state),
    ...problemLines(state),
    historyLines(state),
  ].filter((l) => l !== '');
}

function waitingLines(state: LifecycleState): string[] {
  const { model } = state.spec;
  const atGates = state.gates.flatMap((gate) => [
    `Version ${gate.version} waits for approval to **${gate.environment}**, since ${gate.openedAt}${escapeMarkdown(progressOf(gate))}:`,
    ...evidenceList(gate.evidence),
    ...answers(model, gate),
  ]);
  const atSteps = pausedRollouts(state).flatMap(({ rollout, environment }) =>
    pauseCard({ input: { model, environment }, version: rollout.version }),
  );
  return [...atGates, ...atSteps, ...heldLines(state), ...requestLines(state), ...runningLines(state.running)];
}

/** What nobody is asked for and still does not go on by itself: answers of a candidate, or time. */
function requestLines({ spec: { model }, endpoints }: LifecycleState): string[] {
  return endpoints.flatMap(({ environment, rollout }) =>
    rollout?.waits ? [`**${environment}** waits for: ${escapeMarkdown(waitInWords(rollout.waits, model))}`] : [],
  );
}

function runningLines(running: Running | null): string[] {
  if (running === null) return [];
  if (running.busy) return [`Waits: ${busyInWords(running)}`];
  return running.says ? [`Now: ${escapeMarkdown(`${running.workflowId}: ${running.says}`)}`] : [];
}

/** What a pause of the whole model holds: a grant, or a step. */
const heldRollouts = ({ paused, endpoints }: LifecycleState) =>
  endpoints.flatMap(({ environment, rollout }) =>
    paused && rollout && heldPhase(rollout) !== null ? [{ environment, rollout }] : [],
  );

const heldPhase = ({ phase, held }: OwnedRollout): string | null => {
  if (phase === 'recording') return 'approved, held';
  return held === undefined ? null : 'held';
};

function heldLines(state: LifecycleState): string[] {
  const lines = heldRollouts(state).map(
    ({ environment, rollout }) =>
      `The rollout of version ${rollout.version.version} to **${environment}**${rollout.phase === 'recording' ? ' is approved, and' : ''} is held: the model is paused`,
  );
  return lines.length === 0 ? [] : [...lines, 'Take it on with:', code(resumeModelLine(state.spec.model))];
}

const pausedRollouts = (state: LifecycleState) =>
  state.endpoints.flatMap(({ environment, rollout }) =>
    rollout?.phase === 'paused' ? [{ environment, rollout }] : [],
  );

function endpointTable(state: LifecycleState): string {
  if (state.endpoints.length === 0) return '';
  const rows = endpointsInOrder(state).map((e) => {
    const { current, candidate, previous } = e.routes;
    const candidateText = candidate ? `${candidate.version} (${candidate.share * 100} %)` : '–';
    return `| ${e.environment} | ${current?.version ?? '–'} | ${candidateText} | ${previous?.version ?? '–'} | ${e.desired.generation}${isReconciled(e) ? '' : ' (being pushed)'} | ${healthInWords(e.health)} |`;
  });
  return [
    '| environment | serves | candidate | kept warm | generation | health |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** As of the newest day that was judged; what no day was judged of is not healthy. */
function healthInWords(health: Health | undefined): string {
  if (health === undefined) return '–';
  const { verdict, until, badDays } = health;
  return `${verdict}, data to ${until.slice(0, 10)}${badDays > 0 ? ` (bad days in a row: ${badDays})` : ''}`;
}

function problemLines(state: LifecycleState): string[] {
  const trouble = troubleOf(state.problems);
  return [
    ...(state.pipelineProblem
      ? [
          `**Stopped:** ${escapeMarkdown(state.pipelineProblem)}`,
          'Mend it, then:',
          code(resumeModelLine(state.spec.model)),
        ]
      : []),
    ...(trouble === null ? [] : [`**Trouble:** ${escapeMarkdown(trouble)}`]),
    ...(state.counts.refused > 0
      ? [
          `${state.counts.refused} message(s) refused; the newest: ${escapeMarkdown(state.refused.at(-1)?.reason ?? '')}`,
        ]
      : []),
  ];
}

/** What keeps the loops from their work, each by its name; null where nothing does. */
export function troubleOf(problems: LifecycleState['problems']): string | null {
  const lines = Object.entries(problems).map(([loop, why]) => `${loop}: ${why}`);
  return lines.length === 0 ? null : lines.join('; ');
}

function historyLines(state: LifecycleState): string {
  return state.history
    .slice(-8)
    .map((h) => `- ${h.at.slice(0, 19)}Z ${escapeMarkdown(h.what)}`)
    .join('\n');
}

export function stageOf(state: LifecycleState): string {
  if (state.retired) return 'retired';
  if (state.gates.length > 0) return 'waiting for approval';
  if (state.pipelineProblem) return 'stopped';
  if (state.paused) return 'paused';
  if (state.endpoints.some((e) => e.rollout !== null)) return 'rolling out';
  if (state.running) return state.running.stage;
  return state.endpoints.some((e) => e.routes.current !== null) ? 'serving' : 'idle';
}

export function statusOf(state: LifecycleState): LifecycleStatus {
  return {
    model: state.spec.model,
    stage: stageOf(state),
    paused: state.paused,
    retired: state.retired !== null,
    waitingFor: state.gates,
    answerWith: [
      ...state.gates.flatMap((g) => answerLines(state.spec.model, g)),
      ...pausedRollouts(state).map(({ environment }) => resumeLine(state.spec.model, environment)),
      ...(heldRollouts(state).length > 0 ? [resumeModelLine(state.spec.model)] : []),
    ],
    endpoints: endpointsInOrder(state).map((e) => ({
      environment: e.environment,
      generation: e.desired.generation,
      pushed: isReconciled(e),
      routes: e.routes,
      rollout: e.rollout ? rolloutStatus(e.rollout, state.paused) : null,
      lastRolledOut: e.lastRolledOut?.version ?? null,
    })),
    running: state.running ? [runningStage(state.running)] : [],
    history: state.history,
    triggersNotActedOn: state.notActedOn,
    refused: state.refused,
    ledgerBehindBy: state.factsToRecord.length + state.outcomes.length,
    problem: state.pipelineProblem ?? troubleOf(state.problems),
    counts: state.counts,
    dropped: state.dropped,
  };
}

const runningStage = (running: Running): LifecycleStatus['running'][number] => {
  const { stage, workflowId, busy, says } = running;
  return { stage, workflowId, ...(busy ? { waitsFor: busyInWords(running) } : {}), ...(says ? { says } : {}) };
};

const busyInWords = ({ workflowId, busy }: Running): string =>
  busy ? `${workflowId} does something else first (run ${busy.runId}), since ${timeText(busy.since)}` : '';

const rolloutStatus = (rollout: OwnedRollout, isPaused: boolean): EndpointState['rollout'] => {
  const { workflowId, version, phase, step, steps, since, waits = null } = rollout;
  return {
    workflowId,
    version: version.version,
    phase: (isPaused ? heldPhase(rollout) : null) ?? phase,
    step,
    steps,
    since: timeText(since),
    waits,
  };
};
