import { condition, upsertSearchAttributes } from '@temporalio/workflow';
import { MlNeedsApproval, MlStage } from '../../../schemas/search-attributes.js';
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
    const facts = { stage: stageOf(state), needsApproval: state.gates.length > 0 };
    if (JSON.stringify(facts) !== attributes) {
      upsertSearchAttributes([
        { key: MlStage, value: facts.stage },
        { key: MlNeedsApproval, value: facts.needsApproval },
      ]);
    }
    attributes = JSON.stringify(facts);
    const before = shownParts(state);
    await condition(() => shownParts(state).some((part, i) => part !== before[i]));
  }
}

/** What the card is made of, cheap to compare: it is asked after each of thousands of messages in one task. */
function shownParts(state: LifecycleState): unknown[] {
  const ofEndpoints = state.endpoints.flatMap((e) => [e.desired, e.observed, e.routes, e.rollout]);
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
    history.at(-1),
    counts.refused,
    ...ofEndpoints,
  ];
}
