import type { ServedVersion } from '../../schemas/endpoint.js';
import type { Gate, LifecycleStatus } from '../../schemas/lifecycle.js';
import { workflowIds } from '../../schemas/names.js';
import { isPushed, type LifecycleState } from './state.js';

/** The exact CLI line that sends one signal with one JSON body. */
export function signalLine(workflowId: string, name: string, body: object): string {
  return `temporal workflow signal -w ${workflowId} --name ${name} -i '${JSON.stringify(body)}'`;
}

export function answerLines(model: string, gate: Pick<Gate, 'environment' | 'version'>): string[] {
  const body = { by: 'you@example.com', environment: gate.environment, version: gate.version };
  const id = workflowIds.lifecycle(model);
  return [signalLine(id, 'approve', body), signalLine(id, 'reject', { ...body, comment: 'why not' })];
}

const code = (line: string) => `\`\`\`\n${line}\n\`\`\``;

/** What a deployment shows while it waits. */
export function approvalCard({ input, version, evidence }: Candidate): string[] {
  const gate = { environment: input.environment, version: version.version };
  return [
    `**${input.model}** version ${version.version} waits for approval to **${input.environment}**`,
    ...evidenceList(evidence),
    `model digest \`${version.modelDigest}\``,
    'Answer it with one of:',
    ...answerLines(input.model, gate).map(code),
  ];
}

interface Candidate {
  readonly input: { readonly model: string; readonly environment: string };
  readonly version: ServedVersion;
  readonly evidence: string[];
}

const evidenceList = (evidence: string[]) => (evidence.length === 0 ? [] : [evidence.map((e) => `- ${e}`).join('\n')]);

/** The live card of a lifecycle: where it stands, what it waits for, and the line that answers. */
export function lifecycleCard(st: LifecycleState): string[] {
  return [
    `# ${st.spec.model}: ${stageOf(st)}`,
    ...waitingLines(st),
    endpointTable(st),
    ...problemLines(st),
    historyLines(st),
  ].filter((l) => l !== '');
}

function waitingLines(st: LifecycleState): string[] {
  return st.gates.flatMap((gate) => [
    `Version ${gate.version} waits for approval to **${gate.environment}**, since ${gate.openedAt}:`,
    ...evidenceList(gate.evidence),
    'Answer with one of:',
    ...answerLines(st.spec.model, gate).map(code),
  ]);
}

function endpointTable(st: LifecycleState): string {
  if (st.endpoints.length === 0) return '';
  const rows = st.endpoints.map((e) => {
    const { current, canary, previous } = e.routes;
    const canaryText = canary ? `${canary.version} (${canary.share * 100} %)` : '–';
    return `| ${e.environment} | ${current?.version ?? '–'} | ${canaryText} | ${previous?.version ?? '–'} | ${e.fence.generation}${isPushed(e) ? '' : ' (being pushed)'} |`;
  });
  return ['| environment | serves | canary | kept warm | generation |', '|---|---|---|---|---|', ...rows].join('\n');
}

function problemLines(st: LifecycleState): string[] {
  const resume = signalLine(workflowIds.lifecycle(st.spec.model), 'resume', { by: 'you@example.com' });
  return [
    ...(st.planProblem ? [`**Stopped:** ${st.planProblem}`, 'Mend it, then:', code(resume)] : []),
    ...(st.problem ? [`**Trouble:** ${st.problem}`] : []),
    ...(st.counts.refused > 0
      ? [`${st.counts.refused} message(s) refused; the newest: ${st.refused.at(-1)?.reason ?? ''}`]
      : []),
  ];
}

function historyLines(st: LifecycleState): string {
  return st.history
    .slice(-8)
    .map((h) => `- ${h.at.slice(0, 19)}Z ${h.what}`)
    .join('\n');
}

export function stageOf(st: LifecycleState): string {
  if (st.retired) return 'retired';
  if (st.gates.length > 0) return 'waiting for approval';
  if (st.planProblem) return 'stopped';
  if (st.paused) return 'paused';
  if (st.endpoints.some((e) => e.rollout !== null)) return 'rolling out';
  if (st.running) return st.running.stage;
  return st.endpoints.some((e) => e.routes.current !== null) ? 'serving' : 'idle';
}

export function statusOf(st: LifecycleState): LifecycleStatus {
  return {
    model: st.spec.model,
    stage: stageOf(st),
    paused: st.paused,
    retired: st.retired !== null,
    waitingFor: st.gates,
    answerWith: st.gates.flatMap((g) => answerLines(st.spec.model, g)),
    endpoints: st.endpoints.map((e) => ({
      environment: e.environment,
      generation: e.fence.generation,
      pushed: isPushed(e),
      routes: e.routes,
      rollout: e.rollout
        ? { workflowId: e.rollout.workflowId, version: e.rollout.version.version, phase: e.rollout.phase }
        : null,
      lastRolledOut: e.lastRolledOut?.version ?? null,
    })),
    running: st.running ? [{ stage: st.running.stage, workflowId: st.running.workflowId }] : [],
    history: st.history,
    triggersNotActedOn: st.notActedOn,
    refused: st.refused,
    ledgerBehindBy: st.outbox.length + st.outcomes.length,
    problem: st.planProblem ?? st.problem,
    counts: st.counts,
  };
}
