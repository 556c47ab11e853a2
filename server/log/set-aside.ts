import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../../activities/files/atomic-file.js';
import { folderBytes, type SealedSegment, sealedName } from './segment-file.js';

/** A line of a segment that is wrong in itself. */
export interface RefusedLine {
  readonly line: string;
  readonly why: string;
}

const About = z.strictObject({ rows: z.number().int(), why: z.string() });

/** One file of what was set aside. */
export type SetAsideFile = z.infer<typeof About> & { readonly file: string };

const aboutEnding = '.why.json';

/** Where a log keeps what is wrong in itself, beside its segments. */
export const setAsideFolder = (log: string): string => join(log, 'refused');

/** A whole segment leaves the log. */
export async function setSegmentAside({ file }: SealedSegment, why: string): Promise<number> {
  const folder = madeFolder(dirname(file));
  const rows = readFileSync(file, 'utf8').split('\n').filter(Boolean).length;
  await tellAbout(join(folder, basename(file)), { rows, why });
  renameSync(file, join(folder, basename(file)));
  return rows;
}

/**
 * Some lines of a segment become a file of their own, whose count of lost predictions is 0: that stays with the segment. The
 * same lines again are the same file.
 */
export async function setLinesAside({ file, ...name }: SealedSegment, refused: readonly RefusedLine[]): Promise<void> {
  if (refused.length === 0) return;
  const aside = join(madeFolder(dirname(file)), sealedName({ ...name, writer: `${name.writer}-rows`, lost: 0 }));
  await tellAbout(aside, {
    rows: refused.length,
    why: [...new Set(refused.map(({ why }) => why))].slice(0, 5).join('; '),
  });
  await writeDurably(aside, refused.map(({ line }) => `${line}\n`).join(''));
}

export function listSetAside(log: string): SetAsideFile[] {
  const folder = madeFolder(log);
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return files.sort().map((file) => ({ file, ...aboutOf(join(folder, file)) }));
}

export const setAsideBytes = (log: string): number => folderBytes(madeFolder(log));

/** Everything back into the log, to be shipped again; what is still wrong will be set aside again. */
export function returnSetAside(log: string): SetAsideFile[] {
  const returned = listSetAside(log);
  for (const { file } of returned) {
    renameSync(join(setAsideFolder(log), file), join(log, file));
    rmSync(join(setAsideFolder(log), file + aboutEnding), { force: true });
  }
  return returned;
}

function madeFolder(log: string): string {
  mkdirSync(setAsideFolder(log), { recursive: true });
  return setAsideFolder(log);
}

const tellAbout = (file: string, about: z.infer<typeof About>) =>
  writeDurably(file + aboutEnding, JSON.stringify({ ...about, why: about.why.slice(0, 2000) }));

/** The reason is for people: without it the lines are still there. */
function aboutOf(file: string): z.infer<typeof About> {
  try {
    return About.parse(JSON.parse(readFileSync(file + aboutEnding, 'utf8')));
  } catch {
    return { rows: readFileSync(file, 'utf8').split('\n').filter(Boolean).length, why: 'unknown' };
  }
}
