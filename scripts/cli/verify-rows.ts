import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ZodError, type z } from 'zod';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import type { Ledger, LedgerFault } from '../../activities/stores/ledger.js';
import { indexDigest, indexRowOf } from '../../activities/stores/prediction-index.js';
import type { PredictionLog } from '../../activities/stores/prediction-log.js';
import { type Digest, errorCode, type Fact, OutcomeRecord, PredictionRecord } from '../../schemas/index.js';

export interface RowStores {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly predictions: PredictionLog;
}

export interface RowsToVerify {
  readonly limit: number;
  /** how many segments and batches were looked at so far */
  readonly onSegments: (segments: number) => void;
}

/**
 * Works out of each segment's and batch's bytes what the ledger should hold of them: the index of the predictions, whose
 * digest is in the segment's fact, and every outcome. Holds one segment at a time. A blob that cannot be read is told of by
 * whoever looks at blobs.
 */
export async function verifyRows(stores: RowStores, { limit, onSegments }: RowsToVerify): Promise<LedgerFault[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mlops-verify-rows-'));
  const faults: LedgerFault[] = [];
  let segments = 0;
  try {
    for await (const { seq, fact } of factsOf(stores.ledger)) {
      if (fact.kind !== 'predictionSegment' && fact.kind !== 'outcomes') continue;
      const what = await faultOf(stores, fact, { seq, file: join(folder, 'segment') });
      if (what !== null) faults.push({ what, seq });
      onSegments(++segments);
      if (faults.length >= limit) break;
    }
    return faults;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function* factsOf(ledger: Ledger) {
  for (let page = await ledger.since(0); page.length > 0; page = await ledger.since(page.at(-1)?.seq ?? 0)) yield* page;
}

type OfRows = Extract<Fact, { kind: 'predictionSegment' | 'outcomes' }>;
interface At {
  readonly seq: number;
  readonly file: string;
}

async function faultOf({ blobs, predictions }: RowStores, fact: OfRows, { seq, file }: At): Promise<string | null> {
  try {
    if (fact.kind === 'predictionSegment') {
      const rows = (await linesOf(blobs, fact.body.digest, { file, schema: PredictionRecord })).map(indexRowOf);
      const isSame = rows.length === fact.body.rows && indexDigest(rows) === fact.body.indexDigest;
      return isSame ? null : `the predictions of fact ${seq} are not those of its segment`;
    }
    const outcomes = await linesOf(blobs, fact.body.digest, { file, schema: OutcomeRecord });
    const differing = await predictions.keptOtherwise(fact.body.digest, outcomes);
    return differing === 0 ? null : `${differing} outcomes of fact ${seq} are not as its batch has them`;
  } catch (error) {
    if (error instanceof ZodError || error instanceof SyntaxError)
      return `the bytes of fact ${seq} are not what it says`;
    const code = errorCode(error);
    if (code !== 'BLOB_CORRUPT' && code !== 'BLOB_NOT_FOUND') throw error;
    return null;
  }
}

interface LinesToRead<S extends z.ZodType> {
  readonly file: string;
  readonly schema: S;
}

async function linesOf<S extends z.ZodType>(
  blobs: BlobStore,
  digest: Digest,
  { file, schema }: LinesToRead<S>,
): Promise<z.output<S>[]> {
  await blobs.download(digest, file);
  try {
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
    return lines.map((line) => schema.parse(JSON.parse(line)));
  } finally {
    await rm(file, { force: true });
  }
}
