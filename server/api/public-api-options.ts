import type { OutcomeSender } from '../http/outcome-senders.js';
import type { LogState } from '../processes/process-messages.js';
import type { OutcomesDesk } from './outcomes-request.js';
import type { Answers, ServedModels } from './served-models.js';

export interface PublicApiOptions {
  /** the environment that a request without the header `x-mlops-environment` means */
  readonly environment: string;
  readonly endpoints: ServedModels;
  readonly inference: Answers;
  /** the Prometheus text of the whole server */
  readonly metrics: () => Promise<string>;
  /** how the log fares; readiness tells it, and is not lost by it */
  readonly logState: () => LogState;
  readonly saveOutcomes: OutcomesDesk['save'];
  readonly matchOutcomes: OutcomesDesk['match'];
  /** what callers must send as a bearer token; null: the port is open to whoever reaches it */
  readonly apiToken: string | null;
  /** names that a Host header may have; null: any */
  readonly hostNames: readonly string[] | null;
  /** whose tokens alone write outcomes; empty: who may ask may also say what came true */
  readonly outcomeSenders: readonly OutcomeSender[];
}
