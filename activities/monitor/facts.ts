import { canonicalJson, errorCode, type FactInput, type FactOrigin, type MonitorResult } from '../../schemas/index.js';
import { sha256 } from '../files/hashing.js';
import { monitorReport } from '../reports/monitor-report.js';
import type { BlobStore, StoredBlob } from '../stores/blob-store.js';
import type { Ledger } from '../stores/ledger.js';
import type { JudgedWindow } from './monitor-process.js';
import type { LogThen, Window } from './window.js';

/** A judged window, and what the log held of it when it was looked at. */
export interface WindowToRecord extends JudgedWindow {
  readonly window: Window;
  readonly logged: LogThen['logged'];
}

/** Bytes first: the page and the whole result; then the one fact that names them. */
export async function recordWindow(
  { blobs, ledger }: { blobs: BlobStore; ledger: Ledger },
  judged: WindowToRecord,
  origin: FactOrigin,
): Promise<MonitorResult> {
  const page = await blobs.put(Buffer.from(monitorReport(judged)));
  const json = await blobs.put(Buffer.from(canonicalJson(judged.result)));
  await appendLook(ledger, factOf(judged, { page, json, origin }));
  const report = { htmlDigest: page.digest, jsonDigest: json.digest, uri: page.uri };
  return { ...withinPayload(judged.result), report };
}

/**
 * The window's key is one fact. Looked at once more after outcomes or predictions came in late, the window shows something
 * else: that is a fact of its own, and the first one stays what it was.
 */
async function appendLook(ledger: Ledger, fact: FactInput): Promise<void> {
  try {
    await ledger.append(fact);
  } catch (error) {
    if (errorCode(error) !== 'LEDGER_CONFLICT') throw error;
    await ledger.append({ ...fact, key: `${fact.key}/${sha256(canonicalJson(fact.body))}` });
  }
}

interface Stored {
  readonly page: StoredBlob;
  readonly json: StoredBlob;
  readonly origin: FactOrigin;
}

function factOf({ result, window, baseline, logged }: WindowToRecord, { page, json, origin }: Stored): FactInput {
  const { model, environment, version, verdict } = result;
  const { predictions, outcomes, quality, calibrationGap, driftedColumns } = result;
  return {
    kind: 'monitorWindow',
    key: `monitor/${model}/${environment}/${window.from}/${window.to}`,
    origin,
    digest: page.digest,
    artifacts: [page, json].map(({ digest, uri, sizeBytes }) => ({ digest, uri, sizeBytes, kind: 'report' })),
    edges: [{ from: baseline.modelDigest, to: page.digest, relation: 'monitored' }],
    body: {
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
        driftedColumns: driftedColumns.slice(0, mostInFact),
        htmlDigest: page.digest,
        jsonDigest: json.digest,
      },
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
