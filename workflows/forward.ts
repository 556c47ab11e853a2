import { setHandler } from '@temporalio/workflow';
import { signalNames } from '../schemas/messages.js';
import { effects } from './activity-options.js';
import * as messages from './messages.js';

/**
 * A running deployModel passes every public signal on to the model's owner, who decides. Returns a promise that never
 * resolves: it only fails when forwarding itself is cancelled with the workflow.
 */
export function forwardToOwner(target: { model: string; environment: string }): Promise<never> {
  for (const name of signalNames) {
    setHandler(messages[name], async (body: unknown) => {
      try {
        await effects.askOwner({ ...target, signal: name, body });
      } catch {
        // The workflow ends; what was not passed on is answered by the owner's own inbox.
      }
    });
  }
  return new Promise<never>(() => {});
}
