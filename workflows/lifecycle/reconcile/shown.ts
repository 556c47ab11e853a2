import { condition, upsertSearchAttributes } from '@temporalio/workflow';
import { MlNeedsApproval, MlStage, MlVerdict, MlVersion } from '../../../schemas/search-attributes.js';
import { show } from '../../temporal/stage.js';
import { lifecycleCard, stageOf } from '../display.js';
import type { LifecycleState } from '../state.js';

/** The live card and the search attributes follow the state. */
export async function keepShown(state: LifecycleState): Promise<void> {
  let shown = '';
  let attributes = '';
  for (;;) {
    const card = lifecycleCard(state);
    if (card.join('\n') !== shown) show(...card);
    shown = card.join('\n');
    const found = attributesOf(state);
    if (JSON.stringify(found) !== attributes) upsertSearchAttributes(found);
    attributes = JSON.stringify(found);
    const before = shownParts(state);
    await condition(() => shownParts(state).some((part, i) => part !== before[i]));
  }
}

/** Of several environments the last one is what is monitored, and what its version and verdict are of. */
function attributesOf(state: LifecycleState) {
  const monitored = state.endpoints.find(({ environment }) => environment === state.spec.environment);
  const { routes, health } = monitored ?? {};
  return [
    { key: MlStage, value: stageOf(state) },
    { key: MlNeedsApproval, value: state.gates.length > 0 },
    ...(routes?.current ? [{ key: MlVersion, value: routes.current.version }] : []),
    ...(health ? [{ key: MlVerdict, value: health.verdict }] : []),
  ];
}

/** What the card is made of, cheap to compare: it is asked after each of thousands of messages in one task. */
function shownParts(state: LifecycleState): unknown[] {
  const ofEndpoints = state.endpoints.flatMap((e) => [e.desired, e.observed, e.routes, e.rollout, e.health]);
  const { gates, pipelineProblem, problems, pipeline, paused, retired, running, history, counts } = state;
  return [
    gates,
    gates.length,
    pipelineProblem,
    Object.values(problems).join(),
    pipeline,
    paused,
    retired,
    running,
    running?.busy,
    running?.says,
    history.at(-1),
    counts.refused,
    ...ofEndpoints,
  ];
}
