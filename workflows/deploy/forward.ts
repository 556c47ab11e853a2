import {
  CancellationScope,
  condition,
  currentUpdateInfo,
  isCancellation,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { z } from 'zod';
import type { OwnerUpdate } from '../../activities/owner/update.js';
import type { EndpointName } from '../../schemas/endpoint.js';
import { failure } from '../../schemas/failure.js';
import { parseInput } from '../../schemas/input.js';
import { type CommandReply, type SignalName, signalDescriptions, signalNames } from '../../schemas/messages.js';
import { registry } from '../../schemas/registry.js';
import { whyUnknown } from '../lifecycle/message-limits.js';
import { run } from '../temporal/activity-options.js';
import * as messages from '../temporal/messages.js';
import { rootMessage } from '../temporal/root-message.js';
import { addressed, type ForwardingState, mostUpdates, next, refuseForwarding, sent, take } from './forwarding.js';
import type { DeploymentRun } from './run.js';

/** A running deployModel passes every public message on to the model's owner, who decides: one signal after another. */
export class Forwarding {
  readonly state: ForwardingState;
  readonly #endpoint: EndpointName;
  readonly #run: DeploymentRun;
  #isSending = false;
  #isClosed = false;
  #updates = 0;

  constructor({ model, environment }: EndpointName, state: ForwardingState, ownRun: DeploymentRun) {
    this.#endpoint = { model, environment };
    this.state = state;
    this.#run = ownRun;
    this.#listen();
    CancellationScope.nonCancellable(() => this.#forward()).catch(() => {}); // it goes on for as long as its workflow
  }

  /** Nothing is on its way; what waits is for the next run. */
  get isStill(): boolean {
    return !this.#isSending;
  }

  /** Everything was handed on. */
  get isEmpty(): boolean {
    return !this.#isSending && next(this.state) === null;
  }

  /** What comes now comes too late: the deployment has ended. */
  close(): void {
    this.#isClosed = true;
  }

  #listen(): void {
    for (const name of signalNames) {
      const description = `Handed on to its owner. ${signalDescriptions[name]}`;
      setHandler(messages[name], (body: unknown) => this.#take(name, body), { description });
    }
    setDefaultSignalHandler((name) => {
      this.#run.messages += 1;
      refuseForwarding(this.state, name, whyUnknown(name));
    });
    setHandler(messages.decide, (body) => this.#update('decide', body), {
      validator: (body) => this.#validate('decide', body),
      description: "Approve or reject this deployment, with its owner's answer",
    });
    setHandler(messages.rollbackUpdate, (body) => this.#update('rollback', body), {
      validator: (body) => this.#validate('rollback', body),
      description: "Return the endpoint to its previous version, with its owner's answer",
    });
    setHandler(messages.configure, (body) => this.#update('configure', body), {
      validator: (body) => this.#validate('configure', body),
      description: "Change the model's specification, with its owner's answer",
    });
  }

  #take(name: SignalName, body: unknown): void {
    this.#run.messages += 1;
    if (this.#isClosed) refuseForwarding(this.state, name, 'the deployment has ended');
    else take(this.state, name, addressed(name, body, this.#endpoint));
  }

  #validate(name: OwnerUpdate['name'], body: unknown): void {
    parseInput<z.ZodType>(registry[name], body, name);
    if (this.#updates < mostUpdates && !this.#run.isLeaving) return;
    throw failure('TOO_MUCH_WAITS', 'Too much waits for the owner here; send it again, or to the lifecycle itself.');
  }

  async #forward(): Promise<void> {
    for (;;) {
      await condition(() => next(this.state) !== null && !this.#run.isLeaving);
      const message = next(this.state);
      if (message === null) continue;
      this.#isSending = true;
      const { name, body } = message;
      try {
        await run('askOwner', { ...this.#endpoint, signal: name, body }, `${name} → lifecycle/${this.#endpoint.model}`);
      } catch (error) {
        if (isCancellation(error)) throw error;
        refuseForwarding(this.state, name, rootMessage(error));
      }
      sent(this.state, message);
      this.#isSending = false;
    }
  }

  /** Sent again, after a crash in the middle, it is the same update to the owner: by its own id, or by the update's. */
  async #update(update: OwnerUpdate['name'], body: unknown): Promise<CommandReply> {
    this.#run.messages += 1;
    this.#updates += 1;
    try {
      const id = currentUpdateInfo()?.id ?? '';
      const known = { requestId: id.slice(0, 200), ...(addressed(update, body, this.#endpoint) as object) };
      const updateId = `${workflowInfo().firstExecutionRunId}/${id}`;
      const asked = { ...this.#endpoint, update, body: known, updateId };
      return await run('updateOwner', asked, `${update} → lifecycle/${this.#endpoint.model}`);
    } finally {
      this.#updates -= 1;
    }
  }
}
