import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { OutcomeRecord, PredictionRecord } from '../../schemas/index.js';
import { createDatabase } from './ledger-database.js';

let stores: PostgresStores;
beforeAll(async () => {
  const databaseUrl = await createDatabase('storable');
  await migrate(databaseUrl);
  stores = await openStores({ databaseUrl });
});
afterAll(() => stores?.close());

/** Any text that JSON can carry: control characters, half surrogates and all. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);
const two = (n: number) => String(n).padStart(2, '0');
/** Of the right shape, on days and at times that may not exist. */
const instant = fc
  .record({
    year: fc.oneof(fc.integer({ min: 0, max: 9999 }), fc.constantFrom(0, 1, 9999)),
    month: fc.integer({ min: 0, max: 13 }),
    day: fc.integer({ min: 0, max: 31 }),
    time: fc.oneof(
      fc.constant(''),
      fc
        .tuple(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))
        .map(([h, m, s]) => `T${two(h)}:${two(m)}:${two(s)}.999999Z`),
    ),
  })
  .map(({ year, month, day, time }) => `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}${time}`);
const number = fc.oneof(fc.double(), fc.constantFrom(5e-324, 1.7976931348623157e308, -0, Number.MAX_SAFE_INTEGER));

const uuid = fc.uuid({ version: 7 });
const predictionId = fc.oneof(
  uuid,
  fc.tuple(uuid, fc.nat({ max: 99_999 })).map(([id, row]) => `${id}:${row}`),
);
const name = fc.constantFrom('m', 'a.b_c-d');
const integer = fc.oneof(fc.nat(), fc.constantFrom(0, 1, 2_147_483_647, 2_147_483_648, Number.MAX_SAFE_INTEGER));
const orNull = <T>(value: fc.Arbitrary<T>) => fc.oneof(value, fc.constant(null));

const outcome = fc.record({
  predictionId: orNull(predictionId),
  model: orNull(name),
  environment: orNull(name),
  requestId: orNull(text),
  row: orNull(integer),
  outcome: number,
  knownAt: orNull(instant),
  by: text,
  at: instant,
});
const requestId = fc.oneof(
  text,
  fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 200 }),
  fc.constantFrom('order:991', '~'),
);
const record = fc.record({
  predictionId,
  requestId,
  model: name,
  version: integer,
  modelDigest: fc.constantFrom('a'.repeat(64), '0'.repeat(64)),
  environment: name,
  at: instant,
  eventAt: fc.oneof(instant, text),
  inputs: fc.dictionary(text, fc.oneof(number, text, fc.boolean(), fc.constant(null)), { maxKeys: 3 }),
  output: number,
});

/** As it comes from a line of the log. */
const valid = <T>(schema: { safeParse(raw: unknown): { success: boolean; data?: T } }, raw: unknown): T[] => {
  const parsed = schema.safeParse(JSON.parse(JSON.stringify(raw)));
  return parsed.success ? [parsed.data as T] : [];
};

let ids = 0;
/** No two are the same: the server makes them. */
const withOwnId = <T extends { readonly predictionId: string }>(made: T): T => ({
  ...made,
  predictionId: `${(++ids).toString(16).padStart(8, '0')}${made.predictionId.slice(8)}`,
});

describe('everything that its schema lets through can be stored', () => {
  it('a true outcome, and who tells it', { timeout: 240_000 }, async () => {
    let stored = 0;
    let batches = 0;
    const property = fc.asyncProperty(fc.array(outcome, { minLength: 1, maxLength: 20 }), async (raw) => {
      const outcomes = raw.flatMap((one) => valid(OutcomeRecord, one));
      const digest = (++batches).toString(16).padStart(64, '0');
      const blob = { digest, sizeBytes: 1, uri: `file:///${digest}` };
      await stores.predictions.recordOutcomes({ ...blob, outcomes }, { workflowId: 'test', step: 'test' });
      stored += outcomes.length;
    });
    await fc.assert(property, { numRuns: 300 });
    expect(stored).toBeGreaterThan(100);
  });

  it('a prediction, whatever its event time', { timeout: 240_000 }, async () => {
    let stored = 0;
    let segments = 0;
    const property = fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 4 }), async (raw) => {
      const records = raw.flatMap((one) => valid<PredictionRecord>(PredictionRecord, one)).map(withOwnId);
      const digest = (++segments).toString(16).padStart(64, '0');
      const segment = { environment: 'production', digest, sizeBytes: 1, uri: `file:///${digest}`, lost: 0 };
      await stores.predictions.appendSegment(segment, records);
      stored += records.length;
    });
    await fc.assert(property, { numRuns: 150 });
    expect(stored).toBeGreaterThan(30);
  });
});
