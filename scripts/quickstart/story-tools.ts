import type { Client } from '@temporalio/client';
import type { Flights } from './flights.js';
import type { Progress } from './progress.js';
import type { Replay } from './replay.js';
import type { TemporalCommand } from './temporal-command.js';

export const model = 'flight-delay';
export const environment = 'production';

/** What every chapter of the story is told with. */
export interface StoryTools {
  readonly client: Client;
  readonly temporal: TemporalCommand;
  readonly flights: Flights;
  readonly replay: Replay;
  readonly progress: Progress;
  /** how many predictions of a data day the ledger has */
  readonly logged: (day: string) => Promise<number>;
  readonly specification: string;
}
