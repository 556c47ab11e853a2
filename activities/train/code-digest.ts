import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalJson, type Digest, type EdgeRow } from '../../schemas/index.js';
import { childEntry } from '../processes/child-process.js';
import { gitCommit } from '../processes/git-commit.js';

/** The folders whose code decides what a model is, with all that lies below them. */
const folders = ['statistics', 'activities/train', 'activities/trainers', 'activities/onnx', 'activities/sql/matrix'];

let known: Promise<Digest> | undefined;

/** Digest of the compiled code that trains and packages: equal code, equal digest, on every machine. */
export function codeDigest(): Promise<Digest> {
  known ??= codeDigestOf(codeRoot());
  return known;
}

let cloned: Promise<string | null> | undefined;

/**
 * The commit that this code was built from: `GIT_COMMIT`, or what git says of a clone; null when nobody knows. A clone is
 * asked once: a process runs the code that it was started with, whatever is committed meanwhile.
 */
export async function codeCommit(
  environment: Record<string, string | undefined> = process.env,
): Promise<string | null> {
  if (environment.GIT_COMMIT) return environment.GIT_COMMIT;
  cloned ??= commitOfClone(codeRoot());
  return cloned;
}

async function commitOfClone(root: string): Promise<string | null> {
  const clone = [root, dirname(root)].find((folder) => existsSync(join(folder, '.git')));
  return clone === undefined ? null : gitCommit(clone);
}

export interface Code {
  /** of everything of ours, or a team's own, that decided the result */
  readonly digests: readonly Digest[];
  readonly commit: string | null;
}

/** The edges from the code to what it made: the digests say exactly which code, the commit says where to read it. */
export function codeEdges({ digests, commit }: Code, { to, relation }: Pick<EdgeRow, 'to' | 'relation'>): EdgeRow[] {
  const nodes = digests.map((digest) => `code:${digest}`).concat(commit === null ? [] : [`commit:${commit}`]);
  return nodes.map((from) => ({ from, to, relation }));
}

function codeRoot(): string {
  return dirname(dirname(dirname(childEntry('activities/train/trial-child.js'))));
}

/** The digest of the compiled code below a folder. */
export async function codeDigestOf(root: string): Promise<Digest> {
  const files: { path: string; digest: Digest }[] = [];
  for (const folder of folders) {
    const names = (await readdir(join(root, folder), { recursive: true }))
      .filter((name) => name.endsWith('.js'))
      .sort();
    for (const name of names)
      files.push({ path: `${folder}/${name}`, digest: sha256(await readFile(join(root, folder, name))) });
  }
  return sha256(canonicalJson(files));
}

function sha256(content: Uint8Array | string): Digest {
  return createHash('sha256').update(content).digest('hex');
}
