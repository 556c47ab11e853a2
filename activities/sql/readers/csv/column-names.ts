import { failure } from '../../../../schemas/index.js';
import type { ScannedFile } from './dialect.js';

export interface NamedFile extends ScannedFile {
  /** names of its columns, in its order; none twice, in whatever letters */
  readonly names: readonly string[];
}

/** Names for the columns of each file: what its first record says. Empty and repeated ones are made different, and told. */
export function namedFiles(
  files: readonly ScannedFile[],
  header: boolean | undefined,
): { files: NamedFile[]; notes: string[] } {
  const notes = new Set<string>();
  const named = files.map((file) => {
    if (header === undefined && file.first.every(isValue)) throw noHeader(file);
    const names = header === false ? file.first.map((_, i) => `column${i + 1}`) : different(file, notes);
    return { ...file, names };
  });
  requireAlike(named, header);
  return { files: named, notes: [...notes, ...notInAll(named)] };
}

function notInAll(files: readonly NamedFile[]): string[] {
  const counts = new Map<string, number>();
  for (const file of files) for (const name of file.names) counts.set(key(name), (counts.get(key(name)) ?? 0) + 1);
  return allNames(files)
    .map((name) => ({ name, n: counts.get(key(name)) ?? 0 }))
    .filter(({ n }) => n < files.length)
    .map(({ name, n }) => `"${name}" is in ${n} of ${files.length} files: missing in the rows of the others`);
}

/** Every column of the source, in the order in which the files name them. */
export function allNames(files: readonly NamedFile[]): string[] {
  const names = new Map<string, string>();
  for (const file of files) for (const name of file.names) if (!names.has(key(name))) names.set(key(name), name);
  return [...names.values()];
}

export const key = (name: string): string => name.toLowerCase();

const isValue = (text: string) => text.length < 1000 && /^([-.,:/]*[0-9][0-9.,:/e+-]*|true|false|)$/i.test(text.trim());

function different(file: ScannedFile, notes: Set<string>): string[] {
  const taken = new Set(file.first.map(key));
  const seen = new Set<string>();
  return file.first.map((given, index) => {
    const wanted = given.trim() === '' ? `column${index + 1}` : given;
    if (given.trim() !== '' && !seen.has(key(given))) {
      seen.add(key(given));
      return given;
    }
    const name = free(wanted, new Set([...taken, ...seen]));
    seen.add(key(name));
    notes.add(
      `column ${index + 1} is called ${name}: ${given.trim() === '' ? 'it has no name' : 'its name is there before'}`,
    );
    return name;
  });
}

function free(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(key(wanted))) return wanted;
  for (let n = 1; ; n++) if (!taken.has(key(`${wanted}_${n}`))) return `${wanted}_${n}`;
}

const noHeader = ({ name }: ScannedFile) =>
  failure(
    'SOURCE_UNREADABLE',
    `${name}: line 1 holds values and no names. Say "csv": {"header": false}, or true where these are the names.`,
    { file: name, line: 1 },
  );

/** A file that shares no column with the first one has another shape, or no header: its first record would be lost. */
function requireAlike(files: readonly NamedFile[], header: boolean | undefined): void {
  const [first] = files;
  if (first === undefined) return;
  const known = new Set(first.names.map(key));
  for (const file of files) {
    const isOther =
      header === false ? file.names.length !== first.names.length : !file.names.some((n) => known.has(key(n)));
    if (!isOther) continue;
    const what = header === false ? `has ${file.names.length} fields, ${first.names.length} in` : 'names no column of';
    throw failure('SOURCE_UNREADABLE', `${file.name}: line 1 ${what} ${first.name}. One source is one table.`, {
      file: file.name,
      line: 1,
    });
  }
}
