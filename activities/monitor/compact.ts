import { type EndpointName, type FactInput, type FactOrigin, failure } from '../../schemas/index.js';
import { sha256 } from '../files/hashing.js';
import { currentBeat } from '../processes/heartbeat.js';
import { inJobDirectory } from '../processes/job-directory.js';
import { SqlLimits } from '../sql/sql-job.js';
import { runCompact } from '../sql/sql-process.js';
import type { BlobStore, StoredBlob } from '../stores/blob-store.js';
import type { Ledger } from '../stores/ledger.js';
import type { LooseDay, PredictionLog } from '../stores/prediction-log.js';
import { dayWindow } from './window.js';
import { downloadSegments } from './window-files.js';

interface Ports {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly predictions: PredictionLog;
  readonly workDirectory: string;
  readonly limits?: Partial<SqlLimits>;
}

export interface Compacted {
  readonly parts: number;
  readonly segments: number;
}

/** of one call; the next run goes on */
const mostParts = 10;

/**
 * Days that were looked at and lie in many small segments become a part a day. The segments stay: they are what was
 * logged, and what `verify` recomputes the index from. Begun anew, it finds what is done.
 */
export async function compactPredictions(ports: Ports, of: EndpointName, origin: FactOrigin): Promise<Compacted> {
  const done = { parts: 0, segments: 0 };
  while (done.parts < mostParts) {
    const day = await ports.predictions.looseDay(of);
    if (day === null) break;
    const { digest, sizeBytes, uri, rows } = await partOf(ports, of, day);
    await ports.ledger.append(partFact({ of, day, rows, blob: { digest, sizeBytes, uri }, origin }));
    done.parts += 1;
    done.segments += day.segments.length;
  }
  return done;
}

async function partOf(ports: Ports, of: EndpointName, day: LooseDay): Promise<StoredBlob & { rows: number }> {
  return inJobDirectory(ports.workDirectory, async (directory) => {
    const segments = await downloadSegments(ports.blobs, day.segments, directory);
    const at = { directory, limits: SqlLimits.parse(ports.limits ?? {}), signal: currentBeat().signal };
    const { model, environment } = of;
    const { file, rows } = await runCompact(at, { model, environment, window: dayWindow(day.day), segments });
    if (rows !== day.rows) throw notWhole(of, day, rows);
    return { ...(await ports.blobs.put({ file })), rows };
  });
}

function notWhole({ model, environment }: EndpointName, day: LooseDay, rows: number) {
  return failure(
    'BLOB_CORRUPT',
    `The segments of ${model} in ${environment} on ${day.day} hold ${rows} predictions; the ledger knows of ${day.rows}.`,
    { model, environment, day: day.day },
  );
}

interface Part {
  readonly of: EndpointName;
  readonly day: LooseDay;
  readonly rows: number;
  readonly blob: StoredBlob;
  readonly origin: FactOrigin;
}

function partFact({ of: { model, environment }, day: { day, segments }, rows, blob, origin }: Part): FactInput {
  const { digest, sizeBytes } = blob;
  const named = sha256(segments.join('\n'));
  return {
    kind: 'predictionPart',
    key: `part/${environment}/${model}/${day}/${named}`,
    origin,
    digest,
    artifacts: [{ ...blob, kind: 'prediction-part' }],
    edges: segments.map((segment) => ({ from: segment, to: digest, relation: 'compacted' })),
    body: { environment, model, day, digest, rows, sizeBytes, segments: segments.length },
  };
}
