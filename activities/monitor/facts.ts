import { z } from 'zod';
import {
  canonicalJson,
  Digest,
  errorCode,
  type FactInput,
  type FactOrigin,
  failure,
  type MonitorResult,
  type PageLinks,
} from '../../schemas/index.js';
import { sha256 } from '../files/hashing.js';
import { monitorReport } from '../reports/monitor-report.js';
import type { ShownWindow } from '../reports/shown-window.js';
import type { BlobStore, StoredBlob } from '../stores/blob-store.js';
import type { Ledger } from '../stores/ledger.js';
import type { JudgedWindow } from './monitor-process.js';
import type { LogThen, Window } from './window.js';

/** A judged window, what the log held of it when it was looked at, and what its page tells besides. */
export interface WindowToRecord extends JudgedWindow, Pick<ShownWindow, 'past' | 'acting'> {
  readonly window: Window;
  readonly logged: LogThen['logged'];
  /** when the look was asked for: UTC ISO */
  readonly madeAt: string | null;
}

interface Ports {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly pages?: PageLinks;
}

/** Bytes first: the whole result and the page; then the one fact that names them. */
export async function recordWindow(ports: Ports, judged: WindowToRecord, origin: FactOrigin): Promise<MonitorResult> {
  const json = await ports.blobs.put(Buffer.from(canonicalJson(judged.result)));
  const record = () => recordLook(ports, judged, { json, origin });
  const page = await record().catch((error: unknown) => {
    if (errorCode(error) === 'LEDGER_CONFLICT') return record(); // another one recorded it meanwhile
    throw error;
  });
  const { model, environment } = judged.result;
  const url = ports.pages?.report(model, environment, judged.window) ?? null;
  const report = { htmlDigest: page.digest, jsonDigest: json.digest, uri: page.uri, url };
  return { ...withinPayload(judged.result), report };
}

interface Stored {
  readonly json: StoredBlob;
  readonly origin: FactOrigin;
}

/**
 * The window's key is one fact. Looked at once more after outcomes or predictions came in late, the window shows something
 * else: that is a fact of its own, and the first one stays what it was. A look that shows the same keeps the page it has,
 * whoever asked for it and when.
 */
async function recordLook(ports: Ports, judged: WindowToRecord, { json, origin }: Stored): Promise<StoredBlob> {
  const { model, environment } = judged.result;
  const key = `monitor/${model}/${environment}/${judged.window.from}/${judged.window.to}`;
  const look = lookOf(judged, json);
  for (const free of [key, `${key}/${sha256(canonicalJson(look))}`]) {
    const recorded = await ports.ledger.fact(free);
    if (recorded === null) return appendLook(ports, judged, { key: free, look, json, origin });
    const page = pageOf(recorded, look);
    if (page !== null) return storedPage(ports.blobs, page);
  }
  throw failure('LEDGER_CONFLICT', `The window ${key} stands in the ledger with another result under its own digest.`);
}

interface Append extends Stored {
  readonly key: string;
  readonly look: Look;
}

async function appendLook({ blobs, ledger }: Ports, judged: WindowToRecord, append: Append): Promise<StoredBlob> {
  const page = await blobs.put(Buffer.from(monitorReport(shownOf(judged, append.origin))));
  const { key, look, json, origin } = append;
  await ledger.append({
    kind: 'monitorWindow',
    key,
    origin,
    digest: page.digest,
    artifacts: [page, json].map(({ digest, uri, sizeBytes }) => ({ digest, uri, sizeBytes, kind: 'report' })),
    edges: [{ from: judged.baseline.modelDigest, to: page.digest, relation: 'monitored' }],
    body: { ...look, result: { ...look.result, htmlDigest: page.digest } },
  });
  return page;
}

function shownOf(judged: WindowToRecord, { workflowId }: FactOrigin): ShownWindow {
  const { runId, modelDigest, datasetDigest } = judged.baseline;
  return { ...judged, identity: { runId, modelDigest, datasetDigest, workflowId, madeAt: judged.madeAt } };
}

/** The page of an equal look; null where the fact shows something else. */
function pageOf(recorded: object, look: Look): Digest | null {
  const { result, ...rest } = Recorded.parse(recorded);
  const { htmlDigest, ...shown } = result;
  return canonicalJson({ ...rest, result: shown }) === canonicalJson(look) ? htmlDigest : null;
}

const Recorded = z.looseObject({ result: z.looseObject({ htmlDigest: Digest }) });

async function storedPage(blobs: BlobStore, digest: Digest): Promise<StoredBlob> {
  const stored = await blobs.stat(digest);
  if (stored !== null) return stored;
  throw failure('BLOB_NOT_FOUND', `The report ${digest} of a window is not in the blob store.`, { digest });
}

/** What a fact says of a window, but for its page. */
type Look = Omit<Extract<FactInput, { kind: 'monitorWindow' }>['body'], 'result'> & { readonly result: object };

function lookOf({ result, window, logged }: WindowToRecord, json: StoredBlob): Look {
  const { model, environment, version, verdict } = result;
  const { predictions, outcomes, quality, calibrationGap, driftedColumns } = result;
  return {
    model,
    environment,
    version,
    ...window,
    verdict,
    bad: verdict === 'drifted' || verdict === 'decayed',
    logged,
    result: {
      predictions,
      outcomes,
      quality,
      calibrationGap,
      drifted: driftedColumns.length,
      driftedColumns: driftedColumns.slice(0, mostInFact),
      jsonDigest: json.digest,
    },
  };
}

const mostInFact = 20;
const mostPayloadBytes = 128 * 1024;

/** A workflow carries the columns that moved most; the stored JSON has all of them. */
function withinPayload(result: JudgedWindow['result']): JudgedWindow['result'] {
  if (Buffer.byteLength(JSON.stringify(result)) <= mostPayloadBytes || result.drift.length === 0) return result;
  const half = Math.floor(result.drift.length / 2);
  const drift = result.drift.slice(0, half);
  const kept = new Set(drift.map(({ column }) => column));
  return withinPayload({
    ...result,
    drift,
    driftedColumns: result.driftedColumns.filter((column) => kept.has(column)),
    dataQuality: result.dataQuality.slice(0, half),
  });
}
