import { progressOf } from '../../schemas/approval.js';
import type { FleetEnvironment, FleetRow } from '../../schemas/fleet.js';
import { waitInShort } from '../../schemas/rollout-wait.js';
import { stageOf, troubleOf } from './display.js';
import { endpointsInOrder, type LifecycleState, type OwnedEndpoint, shorten, timeText } from './state.js';

/** Where the lifecycle stands, for who looks at all of them; small whatever the state holds. */
export function fleetRow(state: LifecycleState, owner: string): FleetRow {
  const { fleet: _own, ...problems } = state.problems;
  const problem = state.pipelineProblem ?? troubleOf(problems);
  return {
    model: state.spec.model,
    owner,
    stage: stageOf(state),
    paused: state.paused,
    problem: problem === null ? null : plain(problem, 300),
    environments: endpointsInOrder(state).map((endpoint) => environmentOf(state, endpoint)),
  };
}

/** The row that was recorded last is kept as a text, so that it is recorded once. */
export const fleetText = (row: FleetRow): string => JSON.stringify(row);

export const isFleetRecorded = (state: LifecycleState, owner: string): boolean =>
  state.fleetRecorded === fleetText(fleetRow(state, owner));

function environmentOf(state: LifecycleState, { environment, routes, rollout }: OwnedEndpoint): FleetEnvironment {
  const gates = state.gates.filter((gate) => gate.environment === environment);
  const approvals = gates.map((gate) => `approval of version ${gate.version}${progressOf(gate)}`);
  const isPaused = rollout?.phase === 'paused';
  const requests = rollout?.waits ? [waitInShort(rollout.waits)] : [];
  const waits = [...approvals, ...(isPaused ? [`"resume" of version ${rollout.version.version}`] : []), ...requests];
  const since = [
    ...gates.map(({ openedAt }) => openedAt),
    ...(isPaused || rollout?.waits ? [timeText(rollout.since)] : []),
  ];
  return {
    environment,
    version: routes.current?.version ?? null,
    candidate: routes.candidate?.version ?? null,
    waitsFor: waits.length === 0 ? null : plain(waits.join(', '), 200),
    waitsSince: since.toSorted()[0] ?? null,
  };
}

/** Without what Postgres takes into no text, or a terminal into no line. */
const plain = (text: string, length: number) => shorten(text.replaceAll(/[\p{Cc}\p{Cs}]/gu, ' '), length);
