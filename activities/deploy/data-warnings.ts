import { z } from 'zod';
import { errorCode } from '../../schemas/index.js';
import { readJsonBlob } from '../files/json-blob.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { DatasetReport, Registry } from '../stores/registry.js';

const Profile = z.array(
  z.looseObject({ name: z.string(), rows: z.number(), nulls: z.number(), approximateDistinct: z.number() }),
);
type ColumnFigures = z.infer<typeof Profile>[number];

const Held = z.array(
  z.looseObject({
    expectation: z.looseObject({ kind: z.string(), column: z.string().optional() }),
    passed: z.boolean(),
    observed: z.string(),
  }),
);

const Reading = z.array(z.string());

interface Ports {
  readonly blobs: BlobStore;
  readonly registry: Registry;
}

/** What a person should know of the data that a version learnt from, before it serves. */
export async function dataWarnings({ blobs, registry }: Ports, datasetDigest: string): Promise<string[]> {
  const reports = await registry.datasetReports(datasetDigest);
  const ofKind = (kind: DatasetReport['kind']) => reports.filter((report) => report.kind === kind);
  const all = async <T>(kind: DatasetReport['kind'], schema: z.ZodType<T[]>): Promise<T[]> =>
    (await Promise.all(ofKind(kind).map(({ digest }) => readJsonBlob(blobs, digest, schema)))).flat();
  try {
    const [held, profiles, read] = [
      await all('validation', Held),
      await all('profile', Profile),
      await all('reading', Reading),
    ];
    return [...brokenRules(held), ...columnWarnings(profiles), ...foundOnReading(read)];
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'BLOB_NOT_FOUND' && code !== 'BLOB_CORRUPT') throw error;
    return [`data: what was found out when it was collected cannot be read (${code})`];
  }
}

const mostFound = 4;

/** What nobody had said of the sources: where it was guessed wrong, the model learnt something else. */
export function foundOnReading(notes: readonly string[]): string[] {
  const left = notes.length - mostFound;
  const more =
    left > 0 ? [`data: ${left} more things were found out on reading, see the result of its collection`] : [];
  return [...notes.slice(0, mostFound).map((note) => `data as read: ${note}`), ...more];
}

const mostlyMissing = 0.5;
const mostNamed = 5;

/** Of the columns' figures: nothing in it, little in it, always the same. */
export function columnWarnings(columns: readonly ColumnFigures[]): string[] {
  const filled = columns.filter(({ rows }) => rows > 0);
  const empty = filled.filter(({ rows, nulls }) => nulls === rows);
  const sparse = filled.filter(({ rows, nulls }) => nulls < rows && nulls / rows > mostlyMissing);
  const constant = filled.filter(({ nulls, approximateDistinct }) => nulls === 0 && approximateDistinct === 1);
  const share = ({ name, rows, nulls }: ColumnFigures) => `${name} (${Math.floor((100 * nulls) / rows)} %)`;
  return [
    ...named('data: empty', empty, ({ name }) => name),
    ...named('data: missing in more than half of the rows', sparse, share),
    ...named('data: the same in every row', constant, ({ name }) => name),
  ];
}

function named(what: string, columns: readonly ColumnFigures[], nameOf: (column: ColumnFigures) => string): string[] {
  if (columns.length === 0) return [];
  const more = columns.length > mostNamed ? ` and ${columns.length - mostNamed} more` : '';
  return [`${what}: ${columns.slice(0, mostNamed).map(nameOf).join(', ')}${more}`];
}

const mostRules = 3;

/** What is only warned of, or was set aside: what fails ends the collection. */
function brokenRules(held: z.infer<typeof Held>): string[] {
  const broken = held.filter(({ passed }) => !passed);
  const more = broken.length > mostRules ? [`data: ${broken.length - mostRules} more expectations do not hold`] : [];
  const lines = broken.slice(0, mostRules).map(({ expectation: { kind, column }, observed }) => {
    const of = column === undefined ? '' : ` of ${column}`;
    return `data: expectation ${kind}${of} does not hold: ${observed}`;
  });
  return [...lines, ...more];
}
