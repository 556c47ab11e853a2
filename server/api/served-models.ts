import type { FastifyReply } from 'fastify';
import type { Task } from '../../schemas/index.js';
import type { Asked, RequestFormat } from '../model/request-format.js';
import type { ServingVersion } from '../model/serving-version.js';

/** What the public port must know of the models that are served; who routes them is not its business. */
export interface ServedModels {
  /** models that answer in an environment */
  models(environment: string): string[];
  /** whether somebody answers, now */
  isReady(environment: string, model: string): boolean;
  /** who answers; null while nobody does */
  current(environment: string, model: string): ServingVersion | null;
  versionsOf(environment: string, model: string): ServingVersion[];
  /** the version that answers this request, or a refusal that says why there is none */
  choose(asked: Asked, requestId: string): ServingVersion;
  tasks(): ReadonlySet<Task>;
}

/** Who answers requests for predictions. */
export interface Answers {
  readonly isDraining: boolean;
  answer(reply: FastifyReply, asked: Asked, format: RequestFormat): Promise<void>;
}
