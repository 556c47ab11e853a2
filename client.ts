import { randomUUID } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import type { z } from 'zod';
import { runOfSame } from './activities/owner/running-workflow.js';
import { ownerStatus } from './activities/owner/status.js';
import { updateOwner } from './activities/owner/update.js';
import {
  type CheckedLifecycleInput,
  type CommandReply,
  type Configure,
  type Decide,
  type LifecycleStatus,
  parseInput,
  type Rollback,
  registry,
  type signalSchemas,
  taskQueuesWith,
  workflowIds,
  workflowTypes,
} from './schemas/index.js';

export { dataConverter } from './data-converter.js';
export { taskQueues, taskQueuesWith, workflowIds, workflowTypes } from './schemas/index.js';

type SignalBody<N extends keyof typeof signalSchemas> = z.input<(typeof signalSchemas)[N]>;

/**
 * A typed view of one model's lifecycle over a Temporal client. Bodies are validated before they are sent, so a mistake
 * is an `InvalidInput` here and not a refused message there.
 */
export class LifecycleClient {
  readonly workflowId: string;
  readonly #client: Client;
  readonly #taskQueue: string;

  constructor(client: Client, model: string, { taskQueuePrefix = '' } = {}) {
    this.#client = client;
    this.workflowId = workflowIds.lifecycle(model);
    this.#taskQueue = taskQueuesWith(taskQueuePrefix).orchestration;
  }

  /** Starts the lifecycle, or joins the one that runs with the same input; ALREADY_RUNNING where it has another. */
  async start(input: z.input<typeof registry.modelLifecycle.schema>): Promise<WorkflowHandle> {
    const checked: CheckedLifecycleInput = parseInput(registry.modelLifecycle, input, 'modelLifecycle');
    try {
      return await this.#client.workflow.start(workflowTypes.lifecycle, {
        workflowId: this.workflowId,
        taskQueue: this.#taskQueue,
        args: [checked],
        staticSummary: `the life of ${checked.model}`,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return this.#join(checked);
    }
  }

  async #join(input: CheckedLifecycleInput): Promise<WorkflowHandle> {
    const { workflowId } = this;
    await runOfSame(this.#client, { workflowId, workflowType: workflowTypes.lifecycle, input });
    return this.#client.workflow.getHandle(workflowId);
  }

  async signal<N extends keyof typeof signalSchemas>(name: N, body: SignalBody<N>): Promise<void> {
    const { schema, example } = registry[name];
    const checked = parseInput({ schema: schema as z.ZodType<object>, example }, body, name);
    await this.#client.workflow.getHandle(this.workflowId).signal(name, checked);
  }

  /** Approves or rejects what waits, with an answer. The same `requestId` again is the same decision. */
  async decide(body: z.input<typeof Decide>): Promise<CommandReply> {
    return this.#update('decide', body);
  }

  /** Returns an endpoint to its previous version and waits until the servers have it. */
  async rollback(body: z.input<typeof Rollback>): Promise<CommandReply> {
    return this.#update('rollback', body);
  }

  /** Changes the specification, whole or in part; the reply says which fields are others now. */
  async configure(body: z.input<typeof Configure>): Promise<CommandReply> {
    return this.#update('configure', body);
  }

  /**
   * Where the lifecycle stands. Where no worker answers within `timeoutMs` milliseconds the call fails (see
   * `isGrpcDeadlineError`), and the question is taken back: one that waits for the next worker is better asked anew.
   */
  async status({ timeoutMs = 5000 } = {}): Promise<LifecycleStatus> {
    return ownerStatus(this.#client, this.workflowId, timeoutMs);
  }

  /** Sent again, because its answer was lost on the way, it is the same message. */
  async #update(name: 'decide' | 'rollback' | 'configure', body: object): Promise<CommandReply> {
    const { schema, example } = registry[name];
    const checked = parseInput({ schema: schema as z.ZodType<object>, example }, body, name);
    const known = { requestId: randomUUID(), ...checked };
    return updateOwner(this.#client, { workflowId: this.workflowId, name, body: known });
  }
}
