import { log, setHandler } from '@temporalio/workflow';
import { signalNames } from '../schemas/messages.js';
import { effects } from './activity-options.js';
import * as messages from './messages.js';

/** A running deployModel passes every public signal on to the model's owner, who decides. */
export function forwardToOwner(target: { model: string; environment: string }): void {
  for (const name of signalNames) {
    setHandler(messages[name], async (body: unknown) => {
      try {
        await effects.askOwner({ ...target, signal: name, body });
      } catch (error) {
        // A handler that throws would fail the rollout: the message is lost, and said to be.
        log.warn(`"${name}" could not be passed on to the owner`, { error: String(error) });
      }
    });
  }
}
