import { errorCode } from '../../../schemas/index.js';
import type { SlottedVersion } from '../../processes/process-messages.js';
import type { ServingChild } from './serving-child.js';

export interface Unloadable {
  readonly slotted: SlottedVersion;
  /** others have it: this process is replaced, and does not listen without it */
  readonly isHeld: boolean;
}

export interface LoadingAll {
  /** what is to be loaded; it may grow meanwhile */
  readonly versions: () => SlottedVersion[];
  readonly deadlineMs: number;
  readonly isHeld: (slot: number) => boolean;
  readonly onUnloadable: (failed: Unloadable) => void;
}

/**
 * Loads all that is served into a new process, before it listens: it answers with all that the others answer with, or not
 * at all. A version that no process can load leaves the others to be served.
 */
export async function loadAll(child: ServingChild, wanted: LoadingAll): Promise<void> {
  const tried = new Set<number>();
  for (;;) {
    const next = wanted.versions().find(({ slot }) => !tried.has(slot) && !child.held.has(slot));
    if (next === undefined) break;
    tried.add(next.slot);
    await load(child, next, wanted.deadlineMs).catch((error: Error) => goOnWithout(child, error, { next, wanted }));
  }
  const known = new Set(wanted.versions().map(({ slot }) => slot));
  for (const slot of child.held) if (!known.has(slot)) void unload(child, slot);
}

/** While it loads, its loop may stand still, and its death is that version's doing. */
export async function load(child: ServingChild, slotted: SlottedVersion, deadlineMs: number): Promise<void> {
  child.loadingSlot = slotted.slot;
  try {
    await child.request({ kind: 'load', slotted }, deadlineMs);
    child.held.add(slotted.slot);
  } finally {
    child.loadingSlot = 0;
    child.silentChecks = 0;
  }
}

export function unload(child: ServingChild, slot: number): Promise<unknown> {
  child.held.delete(slot);
  return child.request({ kind: 'unload', slot }, 40_000).catch(() => null);
}

/** A process that ended is replaced, and one that gave no answer may be in any state: neither is of use any more. */
function goOnWithout(
  child: ServingChild,
  error: Error,
  { next, wanted }: { next: SlottedVersion; wanted: LoadingAll },
) {
  if (child.isEnded) throw error;
  const { model, version, slot } = next;
  console.error(`${model} version ${version.version} could not be loaded: ${error.message}`);
  const isHeld = wanted.isHeld(slot);
  wanted.onUnloadable({ slotted: next, isHeld });
  if (isHeld || errorCode(error) === 'MODEL_SERVER_UNAVAILABLE') throw error;
}
