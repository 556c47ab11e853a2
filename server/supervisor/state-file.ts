import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../../activities/files/atomic-file.js';
import { failure } from '../../schemas/index.js';
import { EndpointRecord } from './endpoint-record.js';

const State = z.strictObject({ format: z.literal('model-server-state/1'), endpoints: z.array(EndpointRecord) });

/**
 * The endpoints on local disk, so that a restarted server serves what it served, with everything else down. A state
 * that cannot be read is an error, not an empty server: only a person may decide to forget what should serve.
 */
export class StateFile {
  readonly #file: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#file = join(folder, 'state.json');
  }

  read(): EndpointRecord[] {
    try {
      return State.parse(JSON.parse(readFileSync(this.#file, 'utf8'))).endpoints;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw failure('CONFIGURATION_INVALID', `${this.#file} is damaged; move it away to start empty.`, {
        cause: error,
      });
    }
  }

  /** Durable when it returns; one write at a time, in order. */
  write(endpoints: EndpointRecord[]): Promise<void> {
    const text = JSON.stringify({ format: 'model-server-state/1', endpoints });
    const write = this.#writing.catch(() => {}).then(() => writeDurably(this.#file, text));
    this.#writing = write;
    return write;
  }
}
