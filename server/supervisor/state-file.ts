import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../../activities/files/atomic-file.js';
import { failure, wrongFields } from '../../schemas/index.js';
import { EndpointRecord, endpointKey } from './endpoint-record.js';

/** Of the file's form; each change of it adds an upgrade. */
const stateVersion = 1;

const Endpoints = z
  .array(EndpointRecord)
  .refine(
    (all) => new Set(all.map((e) => endpointKey(e.environment, e.model))).size === all.length,
    'Must be different',
  );
const State = z.strictObject({
  format: z.literal('model-server-state'),
  version: z.number().int().min(1),
  endpoints: Endpoints,
});

interface Versioned {
  readonly version?: unknown;
  readonly [field: string]: unknown;
}

/** `upgrades[n]` makes of a state of version n one of version n + 1. A state without a version is of version 0. */
const upgrades: readonly ((state: Versioned) => Versioned)[] = [
  (state) => ({ ...state, format: 'model-server-state', version: 1 }),
];

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
      return parseState(readFileSync(this.#file, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw this.#unusable(error as Error);
    }
  }

  /** Durable when it returns; one write at a time, in order. */
  write(endpoints: EndpointRecord[]): Promise<void> {
    const text = JSON.stringify({ format: 'model-server-state', version: stateVersion, endpoints });
    const write = this.#writing.catch(() => {}).then(() => writeDurably(this.#file, text));
    this.#writing = write;
    return write;
  }

  #unusable(cause: Error) {
    const why = cause instanceof z.ZodError ? wrongFields(cause).slice(0, 5).join('; ') : cause.message;
    const wayOut =
      'Bring it back from a backup, or move it away: the server then starts empty, and lifecycles push what should serve when they next compare (compareEvery).';
    return failure('CONFIGURATION_INVALID', `${this.#file} cannot be used: ${why}. ${wayOut}`, { cause });
  }
}

/** A server that is older than the file takes what it knows, and leaves out the rest. */
function parseState(text: string): EndpointRecord[] {
  return knownOf(upgraded(z.looseObject({}).parse(JSON.parse(text)))).endpoints;
}

function upgraded(state: Versioned): Versioned {
  const version = z.number().int().min(0).default(0).parse(state.version);
  const upgrade = upgrades[version];
  return upgrade === undefined ? state : upgraded(upgrade(state));
}

function knownOf(state: unknown): z.infer<typeof State> {
  const parsed = State.safeParse(state);
  if (parsed.success) return parsed.data;
  const unknown = parsed.error.issues.filter((issue) => issue.code === 'unrecognized_keys');
  if (unknown.length === 0) throw parsed.error;
  for (const { path, keys } of unknown) for (const key of keys) remove(state, [...path, key]);
  return knownOf(state);
}

function remove(value: unknown, [at, ...deeper]: readonly PropertyKey[]): void {
  if (typeof value !== 'object' || value === null || at === undefined) return;
  if (deeper.length === 0) Reflect.deleteProperty(value, at);
  else remove(Reflect.get(value, at), deeper);
}
