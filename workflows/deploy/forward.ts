import { currentUpdateInfo, log, setHandler, workflowInfo } from '@temporalio/workflow';
import type { OwnerUpdate } from '../../activities/owner/update.js';
import type { EndpointName } from '../../schemas/endpoint.js';
import { parseInput } from '../../schemas/input.js';
import { type CommandReply, signalNames } from '../../schemas/messages.js';
import { registry } from '../../schemas/registry.js';
import { run } from '../temporal/activity-options.js';
import * as messages from '../temporal/messages.js';

/** A running deployModel passes every public message on to the model's owner, who decides. */
export function forwardToOwner(endpoint: EndpointName): void {
  for (const name of signalNames) {
    setHandler(messages[name], async (body: unknown) => {
      try {
        const asked = { ...endpoint, signal: name, body: addressed(name, body, endpoint) };
        await run('askOwner', asked, `${name} → lifecycle/${endpoint.model}`);
      } catch (error) {
        // A handler that throws would fail the rollout: the message is lost, and said to be.
        log.warn(`"${name}" could not be passed on to the owner`, { error: String(error) });
      }
    });
  }
  setHandler(messages.decide, (body) => updateOwner(endpoint, 'decide', body), {
    validator: (body) => void parseInput(registry.decide, body, 'decide'),
    description: "Approve or reject this deployment, with its owner's answer",
  });
  setHandler(messages.rollbackUpdate, (body) => updateOwner(endpoint, 'rollback', body), {
    validator: (body) => void parseInput(registry.rollback, body, 'rollback'),
    description: "Return the endpoint to its previous version, with its owner's answer",
  });
  setHandler(messages.configure, (body) => updateOwner(endpoint, 'configure', body), {
    validator: (body) => void parseInput(registry.configure, body, 'configure'),
    description: "Change the model's specification, with its owner's answer",
  });
}

/** Sent again, after a crash in the middle, it is the same update to the owner: by its own id, or by the update's. */
function updateOwner(endpoint: EndpointName, update: OwnerUpdate['name'], body: unknown): Promise<CommandReply> {
  const id = currentUpdateInfo()?.id ?? '';
  const known = { requestId: id.slice(0, 200), ...(addressed(update, body, endpoint) as object) };
  const asked = { ...endpoint, update, body: known, updateId: `${workflowInfo().runId}/${id}` };
  return run('updateOwner', asked, `${update} → lifecycle/${endpoint.model}`);
}

const aboutAnEndpoint = ['approve', 'reject', 'decide', 'rollback', 'resume'];

/** Who answers a deployment means its endpoint, also where the model has others. */
function addressed(name: string, body: unknown, { environment }: EndpointName): unknown {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  return isObject && aboutAnEndpoint.includes(name) ? { environment, ...body } : body;
}
