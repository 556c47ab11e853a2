import type { OutcomeMatch } from '../../activities/stores/prediction-log.js';
import type { OutcomeRecord, ServedVersion } from '../../schemas/index.js';
import type { Traffic } from './traffic.js';

/** How a serving process is started: one JSON value in its argument list. */
export interface ServingOptions {
  readonly writer: string;
  readonly cacheFolder: string;
  readonly predictionsFolder: string;
  readonly outcomesFolder: string;
  readonly environment: string;
  readonly maxInFlight: number;
  readonly drainMs: number;
  readonly commitMs: number;
  /** an answer leaves when its line is on disk */
  readonly answerAfterCommit: boolean;
  /** connections of one address to one process */
  readonly maxConnectionsPerAddress: number;
  /** names that a Host header may have; null: any */
  readonly hostNames: readonly string[] | null;
  readonly rotateMs: number;
  readonly rotateBytes: number;
}

/** A version under a small number by which the watchdog names it. */
export interface SlottedVersion {
  readonly slot: number;
  readonly model: string;
  readonly environment: string;
  readonly version: ServedVersion;
}

export interface ProcessRoutes {
  readonly model: string;
  readonly environment: string;
  readonly current: number | null;
  readonly candidate: { readonly slot: number; readonly share: number } | null;
  /** who should answer most requests is in no memory: 503, and not ready */
  readonly isMissing: boolean;
  /** versions that must not be asked */
  readonly openCircuits: readonly number[];
  /** versions that begin to take traffic with this change: their counters start anew */
  readonly restartCounters: readonly number[];
}

/** How the log of the whole server fares: `full` drops predictions, `waiting` keeps them until the stores are back. */
export type LogState = 'well' | 'waiting' | 'full';

/** Supervisor to serving process. Every request with an id gets one reply. */
export type ToProcess =
  | { readonly kind: 'load'; readonly id: number; readonly slotted: SlottedVersion }
  | { readonly kind: 'unload'; readonly id: number; readonly slot: number }
  | { readonly kind: 'routes'; readonly id: number; readonly routes: ProcessRoutes }
  | { readonly kind: 'traffic'; readonly id: number }
  | { readonly kind: 'listen'; readonly id: number }
  | { readonly kind: 'log'; readonly state: LogState }
  | { readonly kind: 'metrics'; readonly id: number; readonly text: string }
  /** null where the ledger does not answer */
  | { readonly kind: 'matches'; readonly id: number; readonly matches: readonly OutcomeMatch[] | null }
  | { readonly kind: 'drain' };

/** Traffic by slot, and what became of its predictions. */
export interface ProcessCounts {
  readonly traffic: readonly (readonly [slot: number, traffic: Traffic])[];
  readonly logged: number;
  readonly lost: number;
}

/** Serving process to supervisor. */
export type FromProcess =
  | { readonly kind: 'hello' }
  | { readonly kind: 'reply'; readonly id: number; readonly result: unknown }
  | {
      readonly kind: 'error';
      readonly id: number;
      readonly code: string | null;
      readonly message: string;
      readonly details: unknown;
    }
  | { readonly kind: 'counts'; readonly counts: ProcessCounts }
  | { readonly kind: 'askMetrics'; readonly id: number }
  | { readonly kind: 'askMatches'; readonly id: number; readonly outcomes: readonly OutcomeRecord[] };
