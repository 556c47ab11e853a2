import { type SpecificationPart, workflowTypes } from '../../schemas/index.js';
import { actor, argument, byOption } from '../cli/arguments.js';
import { command } from '../cli/command.js';
import { withTemporal } from '../cli/connect.js';
import { type Followed, follow } from '../cli/follow.js';
import { print, printError } from '../cli/print.js';
import { type ReadRecipe, readRecipe } from '../cli/recipe.js';
import { readDocument } from '../cli/recipe-document.js';
import { resultText } from '../cli/result-text.js';
import { type StartedRun, startOrJoin } from '../cli/start-workflow.js';
import { Misunderstood, type Verb, type VerbCall } from '../cli/verb.js';
import { isPolled, ownQueues } from '../cli/worker-polls.js';

const usage = 'start <recipe.yaml | recipe.json> [--detach | --change [--by you@example.com]]';

export const verb: Verb = {
  name: 'start',
  summary: 'start the workflow that a recipe describes, under its own id, and follow it to its end or to your answer',
  usage,
  options: {
    detach: { type: 'boolean', short: 'd', words: 'start it, and do not wait' },
    change: { type: 'boolean', words: 'change a lifecycle that runs to what the recipe says' },
    by: byOption,
  },
  run(call) {
    const recipe = readRecipe(readDocument(argument(call, usage)));
    if (call.values['change'] === true) return change(call, recipe);
    return withTemporal(async (temporal) => {
      const started = await startOrJoin(temporal.client, recipe);
      const say = (line: string) => (call.json ? undefined : printError(`  ${line}`));
      say(`${started.joined ? 'joined' : 'started'} ${recipe.workflowType} as ${started.workflowId}`);
      if (call.values['detach'] === true) return tell(call, started, { state: 'running' });
      if (!(await isPolled(temporal, ownQueues().orchestration)))
        printError(`  no worker polls ${ownQueues().orchestration}: it waits for one; see temporal-mlops doctor`);
      const { client } = temporal;
      return tell(call, started, await follow(started, { client, workflowType: recipe.workflowType, say }));
    });
  },
};

/** What the file says replaces what runs; what it does not say stays. */
function change(call: VerbCall, { workflowType, input }: ReadRecipe): Promise<number> {
  const { model, ...specification } = input;
  if (workflowType !== workflowTypes.lifecycle || typeof model !== 'string')
    throw new Misunderstood(
      '--change is for a lifecycle that runs; whatever else ends by itself, and is started again.',
    );
  const body = { by: actor(call), specification: specification as SpecificationPart };
  return command(call, { model, send: (lifecycle) => lifecycle.configure(body), inWords: ({ message }) => message });
}

function tell({ json }: VerbCall, started: StartedRun, stands: Followed | { readonly state: 'running' }): number {
  if (json) print(JSON.stringify({ ...started, ...stands }));
  else print(resultText(started.workflowId, stands));
  return 0;
}
