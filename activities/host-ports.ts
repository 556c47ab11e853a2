import { failure } from '../schemas/index.js';
import { trainers } from './adapters.js';
import type { Labeler } from './labelers/labeler.js';
import type { Ports } from './ports.js';
import type { Source } from './sources/source.js';
import type { Trainer } from './trainers/trainer.js';

/** A team's own trainer. A trial runs in a child process, which imports it from there. */
export interface OwnTrainer extends Trainer {
  /** URL of a compiled file that exports the trainer as `trainer`, e.g. `import.meta.resolve('./my-trainer.js')` */
  readonly module: string;
}

/** What a host adds to our own adapters. */
export interface OwnAdapters {
  readonly sources?: readonly Source[];
  readonly labelers?: readonly Labeler[];
  readonly trainers?: readonly OwnTrainer[];
}

/** Ours with the host's beside them. */
export function withOwn(ports: Ports, { sources = [], labelers = [], trainers = [] }: OwnAdapters): Ports {
  return {
    ...ports,
    sources: [...ports.sources, ...sources],
    labelers: [...ports.labelers, ...labelers],
    trainers: [...ports.trainers, ...trainers],
  };
}

/** Nothing but what can be seen without a store: a fault is told before anything is bundled or opened. */
export function refuseWrongAdapters(own: OwnAdapters): void {
  refuseTwice('source', own.sources);
  refuseTwice('labeler', own.labelers);
  refuseTwice('trainer', [...trainers, ...(own.trainers ?? [])]);
  for (const { kind, module } of own.trainers ?? []) if (!isFileUrl(module)) throw withoutModule(kind);
}

/** Of two with one name an input could only ever get the first. */
export async function refuseWrongPorts(ports: Pick<Ports, 'sources' | 'labelers' | 'trainers'>): Promise<void> {
  refuseTwice('source', ports.sources);
  refuseTwice('labeler', ports.labelers);
  refuseTwice('trainer', ports.trainers);
  for (const trainer of ports.trainers) if (!trainers.includes(trainer)) await refuseUnloadable(trainer);
}

function refuseTwice(what: string, adapters: readonly { readonly kind: string }[] = []): void {
  const kinds = adapters.map(({ kind }) => kind);
  const twice = kinds.find((kind, index) => kinds.indexOf(kind) !== index);
  if (twice !== undefined)
    throw failure('CONFIGURATION_INVALID', `Two ${what}s have the name "${twice}": give one of them another.`);
}

async function refuseUnloadable({ kind, module }: { kind: string; module?: string }): Promise<void> {
  if (!isFileUrl(module)) throw withoutModule(kind);
  const exported = await import(module).catch((cause: unknown) => {
    throw failure('CONFIGURATION_INVALID', `The module of trainer "${kind}" cannot be loaded: ${module}`, { cause });
  });
  if (exported.trainer?.kind === kind) return;
  throw failure('CONFIGURATION_INVALID', `${module} exports no "trainer" of the kind "${kind}".`);
}

const isFileUrl = (text: unknown): text is string => typeof text === 'string' && /^file:\/\/.*\.[cm]?js$/.test(text);

const withoutModule = (kind: string) =>
  failure(
    'CONFIGURATION_INVALID',
    `Trainer "${kind}" needs "module", the URL of its compiled file, like import.meta.resolve('./${kind}.js'): a trial runs in a process of its own, which imports it from there.`,
  );
