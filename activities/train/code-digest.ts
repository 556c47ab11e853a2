import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { canonicalJson, type Digest, type EdgeRow } from '../../schemas/index.js';
import { sha256 } from '../files/hashing.js';
import { runtimeVersion } from '../onnx/onnx-model.js';
import { childEntry } from '../processes/child-process.js';
import { gitCommit } from '../processes/git-commit.js';
import { importClosure } from './import-closure.js';

/** The folders whose code decides what a model is, with all that lies below them. */
const folders = ['statistics', 'activities/train', 'activities/trainers', 'activities/onnx', 'activities/sql/matrix'];

/** Where the two halves of a trial begin: what they import decides too, wherever it lies. */
const entries = ['activities/sql/jobs/matrix.js', 'activities/train/trial-child.js'];

/** What the one list of adapters brings along, and no trial ever calls. */
const otherPorts = ['activities/sources', 'activities/labelers'];

/** What calculates: the same code comes to other numbers on another. */
export interface Engines {
  readonly v8: string;
  readonly onnxruntime: string;
  readonly duckdb: string;
}

/** V8 by its first two numbers: those that follow mend faults and keep the arithmetic. The others to the letter. */
export function ownEngines(): Engines {
  const v8 = process.versions.v8.split('.').slice(0, 2).join('.');
  const { version } = createRequire(import.meta.url)('@duckdb/node-api/package.json') as { version: string };
  return { v8, onnxruntime: runtimeVersion(), duckdb: version };
}

let known: Promise<Digest> | undefined;

/** Digest of the compiled code that trains and packages, and of its engines: equal ones, equal digest, on every machine. */
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

/** The digest of the compiled code below a folder, on these engines. */
export async function codeDigestOf(root: string, engines: Engines = ownEngines()): Promise<Digest> {
  const files = await digestsOf(root, await decidingFiles(root));
  return sha256(canonicalJson({ engines: { ...engines }, files }));
}

/** Of a team's own module, and of all that it imports by a path. */
export async function moduleDigest(file: string): Promise<Digest> {
  return sha256(canonicalJson(await digestsOf(dirname(file), await importClosure([file]))));
}

async function decidingFiles(root: string): Promise<string[]> {
  const isOurs = (file: string) => !otherPorts.some((port) => file.startsWith(join(root, port) + sep));
  const imported = await importClosure(
    entries.map((entry) => join(root, entry)),
    isOurs,
  );
  const below = await Promise.all(folders.map((folder) => readdir(join(root, folder), { recursive: true })));
  const inFolders = below.flatMap((names, i) => names.map((name) => join(root, folders[i] ?? '', name)));
  return [...new Set([...imported, ...inFolders.filter((name) => name.endsWith('.js'))])];
}

async function digestsOf(root: string, files: readonly string[]): Promise<{ path: string; digest: Digest }[]> {
  const named = files.map((file) => ({ file, path: relative(root, file).split(sep).join('/') }));
  named.sort((a, b) => (a.path < b.path ? -1 : 1));
  return Promise.all(named.map(async ({ file, path }) => ({ path, digest: sha256(await readFile(file)) })));
}
