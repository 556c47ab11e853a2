import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, failure, parseInput, type SourceInput } from '../../schemas/index.js';
import { adapterOf, type Place } from '../adapter.js';
import { measureFile } from '../files/hashing.js';
import type { FetchedFile, FetchedFiles, Partition, Source } from '../sources/source.js';

export interface FetchedSource extends FetchedFiles {
  readonly name: string;
  readonly files: readonly (FetchedFile & { readonly digest: Digest })[];
  /** SOURCE_CHANGED when a file that is read in place is no longer the one that was fetched */
  requireUnchanged(): Promise<void>;
}

/** All bytes of one source on the local disk, partition after partition. */
export async function fetchSource(sources: readonly Source[], given: SourceInput, at: Place): Promise<FetchedSource> {
  const source = findSource(sources, given);
  const options = parseInput(
    { schema: source.options, example: { kind: given.kind, name: given.name } },
    given,
    `Source "${given.name}"`,
  );
  const place = { ...at, directory: join(at.directory, 'sources', given.name) };
  await mkdir(place.directory, { recursive: true });
  const { partitions } = await source.list(options, null, place);
  const fetched: FetchedFiles[] = [];
  for (const partition of partitions) {
    at.say({ source: given.name, fetched: fetched.length, of: partitions.length });
    fetched.push(await source.fetch(options, partition, place));
  }
  const { files, ...reading } = joined(given.name, fetched);
  return {
    name: given.name,
    ...reading,
    files: await withDigests(given.name, files),
    requireUnchanged: async () => {
      const inPlace = partitions.filter((_, i) => fetched[i]?.files.some((file) => !isBelow(place.directory, file)));
      if (inPlace.length > 0) requireListed(given.name, inPlace, await source.list(options, null, place));
    },
  };
}

function findSource(sources: readonly Source[], { kind, name }: SourceInput): Source {
  return adapterOf(sources, kind, (known) => {
    const message = `Source "${name}": no kind "${kind}" is registered. There are: ${known.join(', ')}.`;
    return failure('SOURCE_UNKNOWN', message, { source: name, known });
  });
}

function joined(name: string, fetched: readonly FetchedFiles[]): FetchedFiles {
  const formats = [...new Set(fetched.map((one) => one.format))];
  const [first] = fetched;
  if (first === undefined) throw failure('SOURCE_NOT_FOUND', `Source "${name}" holds nothing.`, { source: name });
  if (formats.length === 1) return { ...first, files: fetched.flatMap((one) => one.files) };
  const message = `Source "${name}" holds ${formats.join(' and ')}: one source is one format. Name them as two sources.`;
  throw failure('SOURCE_UNREADABLE', message, { source: name });
}

/** One after another: two readers of one disk are no faster. */
async function withDigests(source: string, files: readonly FetchedFile[]): Promise<FetchedSource['files']> {
  const measured = [];
  for (const file of files) {
    const { digest } = await measureFile(file.path).catch((error: unknown) => {
      throw failure('SOURCE_UNREADABLE', `${file.name} cannot be read.`, { source, cause: error });
    });
    measured.push({ ...file, digest });
  }
  return measured;
}

const isBelow = (directory: string, { path }: FetchedFile) => path.startsWith(`${directory}/`);

function requireListed(name: string, read: readonly Partition[], now: { partitions: readonly Partition[] }): void {
  const stamps = new Map(now.partitions.map(({ key, stamp }) => [key, stamp]));
  const changed = read.find(({ key, stamp }) => stamps.get(key) !== stamp);
  if (changed === undefined) return;
  throw failure('SOURCE_CHANGED', `Source "${name}" changed while it was read. Collect again.`, { source: name });
}
