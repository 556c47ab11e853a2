import {
  type CollectResult,
  type Column,
  type ColumnProfile,
  type ExpectationResult,
  errorCode,
  failure,
} from '../../schemas/index.js';
import { putJson } from '../datasets/version.js';
import { fitting } from '../fitting.js';
import type { CheckedExpectation, CollectJobResult } from '../sql/sql-job.js';
import type { BlobStore, StoredBlob } from '../stores/blob-store.js';

/** A table may be as wide as it likes; what is said of it stays far below the limit of a message. */
const bytesAtMost = { columns: 24_576, expectations: 65_536, read: 16_384, changes: 8192 };

interface StoredBlobs {
  readonly profile: StoredBlob;
  /** null without expectations */
  readonly validation: StoredBlob | null;
  readonly quarantine: StoredBlob | null;
}

/** What a collection ends with: digests and counts. Values of the data lie in the blobs that it names. */
export function resultOf(
  { content, window, rowsRead, rowsQuarantined, results, read, changes }: CollectJobResult,
  { profile, validation, quarantine }: StoredBlobs,
): Omit<CollectResult, 'dataset' | 'isNew'> {
  const columns = fitting(content.columns, bytesAtMost.columns);
  return {
    rows: content.rows,
    window,
    columns,
    columnCount: content.columns.length,
    profile: countsOf(content.profile, columns),
    profileBlob: referenceTo(profile),
    read: fitting(read, bytesAtMost.read),
    schemaChanges: fitting(changes, bytesAtMost.changes),
    validation: {
      passed: results.every((result) => result.passed),
      rowsRead,
      rowsQuarantined,
      quarantineDigest: quarantine?.digest ?? null,
      results: mostTelling(results.map(withoutSamples)),
      report: validation === null ? null : referenceTo(validation),
    },
  };
}

/** The samples of a rule that stopped the collection go where the report would have gone. */
export async function withoutValues(blobs: BlobStore, error: unknown): Promise<unknown> {
  if (errorCode(error) !== 'EXPECTATION_FAILED' || !(error instanceof Error)) return error;
  const [details] = (error as { details?: [Record<string, unknown>] }).details ?? [];
  const { samples, ...told } = details ?? {};
  if (!Array.isArray(samples) || samples.length === 0) return error;
  const report = referenceTo(await putJson(blobs, details));
  const message = `${error.message} Some of these values are in ${report.uri}`;
  return failure('EXPECTATION_FAILED', message, { ...told, report });
}

const referenceTo = ({ digest, uri }: StoredBlob) => ({ digest, uri });

const withoutSamples = ({ samples: _samples, ...result }: CheckedExpectation): ExpectationResult => result;

function countsOf(profile: readonly ColumnProfile[], { length }: readonly Column[]): CollectResult['profile'] {
  return profile
    .slice(0, length)
    .map(({ name, type, rows, nulls, approximateDistinct }) => ({ name, type, rows, nulls, approximateDistinct }));
}

/** Of results that do not all fit, first what does not hold. */
function mostTelling(results: ExpectationResult[]): ExpectationResult[] {
  const all = fitting(results, bytesAtMost.expectations);
  if (all.length === results.length) return all;
  const ordered = results.toSorted((one, other) => Number(one.passed) - Number(other.passed));
  return fitting(ordered, bytesAtMost.expectations);
}
