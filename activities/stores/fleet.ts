import type { ToldFleetRow } from '../../schemas/index.js';

/** One environment of one lifecycle, as `v_fleet` shows it; one line without an environment where it has none. */
export interface FleetLine {
  readonly model: string;
  readonly environment: string | null;
  readonly version: number | null;
  /** of the newest window that was looked at; null before the first */
  readonly verdict: string | null;
  /** the data day that began the run of this verdict, UTC ISO */
  readonly verdictSince: string | null;
  /** of the newest data day that was judged: its metrics where outcomes are known, its predictions, and its end, UTC ISO */
  readonly quality: Readonly<Record<string, number | null>> | null;
  readonly predictions: number | null;
  readonly dataUntil: string | null;
  readonly waitsFor: string | null;
  readonly waitsSince: string | null;
  /** the id of the lifecycle's workflow */
  readonly owner: string;
  readonly stage: string;
  readonly paused: boolean;
  readonly problem: string | null;
  /** how long the lifecycle has said nothing new, by the database's clock */
  readonly ageSeconds: number;
}

/**
 * Where every lifecycle stands, to be read at once. A copy of what the owners know, which may be lost: each owner's next
 * change writes its row anew.
 *
 * Promises:
 * - The same row again changes nothing that is shown but its age; an older one than the row that is there changes nothing.
 * - Postgres not answering is `LEDGER_UNAVAILABLE`, which is retried.
 */
export interface Fleet {
  record(row: ToldFleetRow): Promise<void>;
  /** By model, environments in the order in which versions go through them. */
  all(): Promise<FleetLine[]>;
}
