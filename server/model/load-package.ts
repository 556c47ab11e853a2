import { z } from 'zod';
import { parseJson } from '../../activities/files/json-blob.js';
import { type Digest, failure, PackageManifest, type ServedVersion } from '../../schemas/index.js';
import { type Value, valueCheck } from './column-values.js';
import { type ExampleRow, exampleRow } from './example-row.js';
import { LoadedModel } from './loaded-model.js';

/** Raw rows and what the model answered when it was packaged. */
export const GoldenRows = z.object({
  /** `rows[column][row]`, columns in the order of the signature */
  rows: z.array(z.array(z.union([z.number(), z.string(), z.boolean(), z.null()]))).min(1),
  expected: z.array(z.number()).min(1),
  tolerance: z.number().min(0),
  /** a made-up row */
  example: z.array(z.union([z.number(), z.string(), z.boolean()])).optional(),
});
export type GoldenRows = z.infer<typeof GoldenRows>;

export type ReadBlob = (digest: Digest) => Promise<Uint8Array>;

export interface LoadedPackage {
  readonly loaded: LoadedModel;
  readonly example: ExampleRow;
  readonly golden: CheckedGolden;
}

/** Golden rows as a request's are: checked, `columns[column][row]`. */
export interface CheckedGolden {
  readonly columns: readonly (readonly Value[])[];
  readonly expected: readonly number[];
  readonly tolerance: number;
}

const warmUpRuns = 20;

/**
 * A package as a model that may answer: admitted, loaded from the very bytes whose digest was checked (by `read`),
 * right on its golden rows, warm. Anything wrong is a failure, and no model.
 */
export async function loadPackage(version: ServedVersion, model: string, read: ReadBlob): Promise<LoadedPackage> {
  const manifest = parseManifest(await read(version.packageDigest), version, model);
  const golden = parseGolden(await read(goldenDigest(manifest)), manifest);
  const loaded = await LoadedModel.load(await read(version.modelDigest), manifest);
  const columns = checkedColumns(golden, manifest);
  const checked = { columns, expected: golden.expected, tolerance: golden.tolerance };
  await checkGolden(loaded, checked);
  return { loaded, example: await exampleRow(loaded, golden.example), golden: checked };
}

/** What must be at hand before a package can be loaded. */
export function filesOf(manifestBytes: Uint8Array, version: ServedVersion, model: string): Digest[] {
  return [version.modelDigest, goldenDigest(parseManifest(manifestBytes, version, model))];
}

function parseManifest(bytes: Uint8Array, version: ServedVersion, model: string): PackageManifest {
  const manifest = parsed(PackageManifest, bytes, 'The package manifest');
  if (manifest.model !== model) throw failed(`The package is of the model "${manifest.model}", not "${model}".`);
  if (manifest.modelDigest === version.modelDigest) return manifest;
  throw failed('The package holds another model than the command names.', { manifest: manifest.modelDigest });
}

function goldenDigest(manifest: PackageManifest): Digest {
  const file = manifest.files.find(({ path }) => path === 'golden.json');
  if (file !== undefined) return file.digest;
  throw failed('The package has no golden.json: nothing says what the model must answer.');
}

function parseGolden(bytes: Uint8Array, manifest: PackageManifest): GoldenRows {
  const golden = parsed(GoldenRows, bytes, 'golden.json');
  const fits = golden.rows.length === manifest.signature.inputs.length;
  if (fits && golden.rows.every((column) => column.length === golden.expected.length)) return golden;
  throw failed('golden.json does not fit the signature.');
}

function checkedColumns(golden: GoldenRows, { signature }: PackageManifest): Value[][] {
  const checks = signature.inputs.map(valueCheck);
  return golden.rows.map((values, i) => values.map((raw, row) => checks[i]?.(raw, row) as Value));
}

async function checkGolden(loaded: LoadedModel, golden: CheckedGolden): Promise<void> {
  const { columns, expected } = golden;
  for (let run = 0; run < warmUpRuns; run++) compareGolden(await loaded.score(columns, expected.length), golden);
}

export function compareGolden(outputs: ArrayLike<number>, { expected, tolerance }: CheckedGolden): void {
  expected.forEach((want, row) => {
    const got = outputs[row] as number;
    if (Math.abs(got - want) <= tolerance) return;
    throw failed(`Golden row ${row}: the model answers ${got}, but the package says ${want} ± ${tolerance}.`, { row });
  });
}

function parsed<T>(schema: z.ZodType<T>, bytes: Uint8Array, what: string): T {
  try {
    return parseJson(bytes, schema);
  } catch (error) {
    throw failure('DEPLOYMENT_CHECK_FAILED', `${what} cannot be read.`, { cause: error });
  }
}

function failed(message: string, details: Record<string, unknown> = {}) {
  return failure('DEPLOYMENT_CHECK_FAILED', message, details);
}
