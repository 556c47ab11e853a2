import { z } from 'zod';
import { durationMilliseconds } from './duration.js';
import { matching } from './matching.js';
import { plainText } from './plain-text.js';

const tenYears = 3650 * 86_400_000;

/** sha-256 in lower-case hex: the only identity of bytes. */
export const Digest = matching(/^[0-9a-f]{64}$/, 'must be a sha-256 digest: 64 lower-case hex characters');
export type Digest = z.infer<typeof Digest>;

const name = (what: string) =>
  matching(
    /^[a-z0-9][a-z0-9._-]{0,62}$/,
    `must be ${what.startsWith('e') ? 'an' : 'a'} ${what} name: 1–63 of a–z, 0–9, ".", "_", "-", starting with a letter or digit`,
  );

export const ModelName = name('model');
export type ModelName = z.infer<typeof ModelName>;
export const DatasetName = name('dataset');
export type DatasetName = z.infer<typeof DatasetName>;
export const EnvironmentName = name('environment');
export type EnvironmentName = z.infer<typeof EnvironmentName>;

/** As large as an integer of Postgres. */
export const Version = z.number().int().min(1).max(2_147_483_647);
export type Version = z.infer<typeof Version>;

const instantShape = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?Z?)?$/;
/** A date (`2001-04-18`) or an ISO 8601 time in UTC (`2001-04-18T06:00:00Z`), of the years 1 to 9999. */
export const Instant = matching(
  instantShape,
  'must be a date like 2001-04-18 or a UTC time like 2001-04-18T06:00:00Z',
).refine((text) => !instantShape.test(text) || isRealInstant(text), 'must be a day and a time that exist');
export type Instant = z.infer<typeof Instant>;

const beforeNewestShape = /^-(\d{1,5}) (minute|hour|day|week)s?$/;
/** An instant, or how long before the newest row of the data at hand: "-90 days". See `instantOf`. */
export const Moment = matching(
  /^(\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?Z?)?|-\d{1,5} (minute|hour|day|week)s?)$/,
  'must be a date like 2001-04-18, a UTC time like 2001-04-18T06:00:00Z, or a time before the newest row like "-90 days"',
).refine((text) => !instantShape.test(text) || isRealInstant(text), 'must be a day and a time that exist');
export type Moment = z.infer<typeof Moment>;

export const isRelative = (moment: Moment): boolean => beforeNewestShape.test(moment);

/** What a moment comes to, given the newest time of the data in milliseconds since 1970: "-1 day" is the same time a day before it. */
export function instantOf(moment: Moment, newest: number): Instant {
  const [, count, unit] = beforeNewestShape.exec(moment) ?? [];
  if (count === undefined) return moment;
  return new Date(newest - durationMilliseconds(`${count} ${unit}`)).toISOString();
}

/** A Temporal duration: "30 seconds", "1 day", "500ms". */
export const DurationText = matching(
  /^\d{1,9}(\.\d{1,6})?\s*(ms|millis(econds?)?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)$/,
  'must be a duration like "30 seconds" or "1 day"',
).refine((text) => !(durationMilliseconds(text) > tenYears), 'must be at most ten years');
export type DurationText = z.infer<typeof DurationText>;

/** Who acted: a person or a service. */
export const Actor = plainText(200).min(1, 'must say who acts');
export type Actor = z.infer<typeof Actor>;

/** The sender's own id of a message: the same id again is the same effect. */
export const MessageRequestId = plainText(200).min(1).optional();

/** One column's type as the rest of the system sees it (DuckDB's types fold into these five). */
export const ColumnType = z.enum(['number', 'integer', 'boolean', 'string', 'timestamp']);
export type ColumnType = z.infer<typeof ColumnType>;

export const Column = z.strictObject({ name: z.string().min(1), type: ColumnType });
export type Column = z.infer<typeof Column>;

/** A document in the blob store: what is data, or long, is read there and travels in no message. */
export const BlobReference = z.strictObject({ digest: Digest, uri: z.string() });
export type BlobReference = z.infer<typeof BlobReference>;

/** What a blob holds; `v_artifact.kind`. */
export const ArtifactKind = z.enum([
  'dataset-part',
  'dataset-manifest',
  'quarantine',
  'profile',
  'validation',
  'reading',
  'source-schema',
  'matrix',
  'matrix-meta',
  'matrix-rows',
  'run',
  'model',
  'package-manifest',
  'package-file',
  'report',
  'prediction-segment',
  'prediction-part',
  'outcome-batch',
]);
export type ArtifactKind = z.infer<typeof ArtifactKind>;

/** `2001-02-30` and `25:00` have the right shape and do not exist. */
function isRealInstant(text: string): boolean {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/[-T :Z]/).map(Number);
  if (year === 0) return false; // to Postgres there is none
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
}
