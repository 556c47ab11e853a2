import { Instant, type PredictionRecord, predictionParts, predictionTime } from '../../schemas/index.js';
import { sha256 } from '../files/hashing.js';

/** What the index holds of one prediction; it follows from the line of the segment alone. */
export interface IndexRow {
  readonly id: string;
  readonly row: number;
  /** of a request with several rows */
  readonly ofMany: boolean;
  /** when it was asked, UTC ISO: the time that the id carries */
  readonly at: string;
  /** what the caller named the request; null where he did not */
  readonly requestId: string | null;
  readonly model: string;
  readonly version: number;
  readonly modelDigest: string;
  readonly environment: string;
  /** UTC ISO, in milliseconds */
  readonly eventAt: string;
  /**
   * 16 bytes of the sha-256 (hex) of what was asked, of which version, under which name: equal only where a request is sent
   * again. Null where it has no name
   */
  readonly askedDigest: string | null;
}

export function indexRowOf(record: PredictionRecord): IndexRow {
  const { id, row } = predictionParts(record.predictionId);
  const requestId = record.requestId === id ? null : record.requestId;
  return {
    id,
    row: row ?? 0,
    ofMany: row !== null,
    at: new Date(predictionTime(id)).toISOString(),
    requestId,
    model: record.model,
    version: record.version,
    modelDigest: record.modelDigest,
    environment: record.environment,
    eventAt: eventTime(record),
    askedDigest: requestId === null ? null : askedDigest(record),
  };
}

/**
 * sha-256 of the rows as lines, in the order of their bytes. `prediction_index_digest` of 0016_predictions.sql computes the
 * same of what is in the tables.
 */
export function indexDigest(rows: readonly IndexRow[]): string {
  return sha256(rows.map(lineOf).sort().join('\n'));
}

function lineOf({ id, row, ofMany, ...of }: IndexRow): string {
  const predictionId = ofMany ? `${id}:${row}` : id;
  const named = [predictionId, of.requestId ?? '', of.environment, of.model, of.version, of.modelDigest];
  return [...named, of.askedDigest ?? '', of.eventAt].join('\t');
}

function askedDigest({ requestId, environment, model, version, inputs }: PredictionRecord): string {
  return sha256(JSON.stringify([requestId, environment, model, version, inputs])).slice(0, 32);
}

/** Event times come from requests: one that is no time must not keep a whole segment out. */
function eventTime({ eventAt, at }: PredictionRecord): string {
  const time = Instant.safeParse(eventAt).success ? timeOf(eventAt) : Number.NaN;
  return new Date(Number.isNaN(time) || eventAt.startsWith('0000') ? timeOf(at) : time).toISOString();
}

function timeOf(text: string): number {
  const time = text.replace(' ', 'T');
  return Date.parse(!time.includes('T') || time.endsWith('Z') ? time : `${time}Z`);
}
