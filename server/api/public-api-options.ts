import type { LogState } from '../processes/process-messages.js';
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
  /** durable when it resolves */
  readonly saveOutcomes: (lines: string, rows: number) => Promise<void>;
  /** what callers must send as a bearer token; null: the port is open to whoever reaches it */
  readonly apiToken: string | null;
}
