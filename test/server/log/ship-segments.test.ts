import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBlobStore } from '../../../activities/stores/open-blob-store.js';
import type { PredictionLog } from '../../../activities/stores/prediction-log.js';
import { type ErrorCode, failure, type OutcomeRecord, type PredictionRecord } from '../../../schemas/index.js';
import { sealedName } from '../../../server/log/segment-file.js';
import { listSetAside, returnSetAside } from '../../../server/log/set-aside.js';
import { SegmentShipper, shipOutcomes, shipPredictions } from '../../../server/log/ship-segments.js';

let folder: string;
let log: string;
let running: SegmentShipper[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shipping-'));
  log = mkdtempSync(join(folder, 'log-'));
});
afterEach(async () => {
  for (const shipper of running) await shipper.stop(0);
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

const record = (requestId: string): PredictionRecord => ({
  predictionId: '018f4d2a-0000-7000-8000-000000000000',
  requestId,
  model: 'm',
  version: 1,
  modelDigest: 'a'.repeat(64),
  environment: 'production',
  at: '2001-04-18T06:00:00.000Z',
  eventAt: '2001-04-18T06:00:00.000Z',
  inputs: {},
  output: 0.5,
});

const outcome = (requestId: string): OutcomeRecord => ({
  predictionId: null,
  model: 'm',
  environment: null,
  requestId,
  row: null,
  outcome: 1,
  knownAt: null,
  by: 'billing',
  at: '2001-04-19T06:00:00.000Z',
});

function segment(sequence: number, lines: readonly unknown[], { lost = 0, writer = 'w' } = {}): string {
  const name = sealedName({ environment: 'production', writer, sequence, lost });
  const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  writeFileSync(join(log, name), text);
  return name;
}

/** A ledger in memory, refusing what the test says. */
function ledger(refuse: (ids: string[]) => Error | null = () => null) {
  const segments: { ids: string[]; lost: number }[] = [];
  const outcomes: string[] = [];
  const appendSegment: PredictionLog['appendSegment'] = async ({ lost }, records) => {
    const ids = records.map(({ requestId }) => requestId);
    const refusal = refuse(ids);
    if (refusal) throw refusal;
    segments.push({ ids, lost });
    return { seq: 1, hash: '', isNew: true, version: null };
  };
  const recordOutcomes: PredictionLog['recordOutcomes'] = async (delivery) => {
    const ids = delivery.outcomes.map(({ requestId }) => requestId ?? '');
    const refusal = refuse(ids);
    if (refusal) throw refusal;
    outcomes.push(...ids);
    return { seq: 1, hash: '', isNew: true, version: null };
  };
  return { segments, outcomes, log: { appendSegment, recordOutcomes } as PredictionLog };
}

function shipper(predictions: () => Promise<PredictionLog>, ship = shipPredictions): SegmentShipper {
  const blobs = openBlobStore(pathToFileURL(join(folder, 'blobs')).href);
  const started = new SegmentShipper({ folder: log, blobs, predictions, ship, carriesLost: ship === shipPredictions });
  running.push(started);
  started.start();
  return started;
}

async function until(isReached: () => boolean): Promise<void> {
  const end = performance.now() + 5000;
  while (!isReached()) {
    if (performance.now() > end) throw new Error(`not reached: ${isReached}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const pending = () => readdirSync(log).filter((name) => name.endsWith('.jsonl'));

describe('a log that cannot be shipped', () => {
  const ofTheWorld: ErrorCode[] = [
    'CONFIGURATION_INVALID',
    'LEDGER_UNAVAILABLE',
    'BLOB_STORE_UNAVAILABLE',
    'BLOB_CORRUPT',
    'SYSTEM_UNAVAILABLE',
    'UNEXPECTED',
  ];
  it.each(ofTheWorld)('waits for %s, shows it, and sets nothing aside', async (code) => {
    const { log: known, segments } = ledger();
    let isAway = true;
    const shipping = shipper(async () => {
      if (isAway) throw failure(code, 'the password is refused');
      return known;
    });
    for (const n of [1, 2, 3]) segment(n, [record(`r${n}`)]);
    await until(() => shipping.trouble !== null);
    await sleep(500);
    expect(shipping.trouble).toMatchObject({ why: 'the password is refused' });
    expect([pending().length, listSetAside(log)]).toEqual([3, []]);
    isAway = false;
    await until(() => pending().length === 0);
    expect(segments.flatMap(({ ids }) => ids).toSorted()).toEqual(['r1', 'r2', 'r3']);
    await until(() => shipping.trouble === null);
  });

  it('waits for what nobody has thought of', async () => {
    const shipping = shipper(() => Promise.reject(new TypeError('x is not a function')));
    segment(1, [record('r1')]);
    await until(() => shipping.trouble !== null);
    expect([pending().length, listSetAside(log)]).toEqual([1, []]);
  });

  it('lets all others pass where one segment fails again and again', async () => {
    const { log: known, segments } = ledger((ids) =>
      ids.includes('slow') ? failure('LEDGER_UNAVAILABLE', 'canceling statement due to statement timeout') : null,
    );
    segment(1, [record('slow')]);
    for (const n of [2, 3, 4]) segment(n, [record(`r${n}`)]);
    const shipping = shipper(async () => known);
    await until(() => segments.length === 3);
    segment(5, [record('r5')]);
    await until(() => segments.length === 4);
    expect(shipping.trouble).toMatchObject({ why: 'canceling statement due to statement timeout' });
    expect(pending()).toHaveLength(1);
  });
});

describe('what is wrong in itself', () => {
  it('is set aside by the row: every other outcome of the batch is shipped', async () => {
    const { log: known, outcomes } = ledger((ids) =>
      ids.some((id) => id.startsWith('bad')) ? failure('InvalidInput', 'date/time field value out of range') : null,
    );
    const ids = Array.from({ length: 40 }, (_, i) => (i === 7 || i === 31 ? `bad${i}` : `r${i}`));
    segment(1, [...ids.map(outcome), 'no line at all']);
    const shipping = shipper(async () => known, shipOutcomes);
    await until(() => pending().length === 0);
    expect(outcomes.toSorted()).toEqual(ids.filter((id) => !id.startsWith('bad')).toSorted());
    expect(shipping).toMatchObject({ shippedRows: 38, refusedRows: 3, refusedSegments: 0, trouble: null });
    const [aside] = listSetAside(log);
    expect(aside).toMatchObject({ rows: 3, why: expect.stringContaining('date/time field value out of range') });
    const kept = readFileSync(join(log, 'refused', aside?.file ?? ''), 'utf8');
    expect(kept.split('\n').filter(Boolean)).toHaveLength(3);
  });

  it('leaves a segment of predictions whose other lines are shipped', async () => {
    const { log: known, segments } = ledger();
    segment(1, [record('r1'), '{"torn', record('r2')], { lost: 4 });
    const shipping = shipper(async () => known);
    await until(() => pending().length === 0);
    expect(segments).toEqual([{ ids: ['r1', 'r2'], lost: 4 }]);
    expect([shipping.refusedRows, listSetAside(log)[0]?.rows]).toEqual([1, 1]);
  });

  it('is set aside by the row of a segment of predictions, too, and the lost are told once', async () => {
    const { log: known, segments } = ledger((ids) =>
      ids.includes('bad') ? failure('InvalidInput', 'value out of range') : null,
    );
    segment(1, ['r0', 'r1', 'bad', 'r3', 'r4'].map(record), { lost: 4 });
    const shipping = shipper(async () => known);
    await until(() => pending().length === 0);
    expect(segments.flatMap(({ ids }) => ids).toSorted()).toEqual(['r0', 'r1', 'r3', 'r4']);
    expect(segments.reduce((sum, { lost }) => sum + lost, 0)).toBe(4);
    expect(shipping).toMatchObject({ shippedRows: 4, refusedRows: 1, refusedSegments: 0 });
  });

  it('is shipped again when it is given back, and set aside again while it is still wrong', async () => {
    let isWrong = true;
    const { log: known, segments } = ledger(() => (isWrong ? failure('LEDGER_CONFLICT', 'another body') : null));
    segment(1, [record('r1'), record('r2')]);
    const shipping = shipper(async () => known);
    await until(() => shipping.refusedSegments === 1);
    expect(returnSetAside(log)).toMatchObject([{ rows: 2, why: 'another body' }]);
    await until(() => shipping.refusedSegments === 2);
    isWrong = false;
    returnSetAside(log);
    await until(() => segments.length === 1);
    expect([listSetAside(log), segments[0]?.ids]).toEqual([[], ['r1', 'r2']]);
  });
});

describe('predictions that were lost', () => {
  it('are counted with the next segment of their environment where theirs is empty', async () => {
    const { log: known, segments } = ledger();
    segment(1, [], { lost: 60, writer: 'a' });
    segment(2, [], { lost: 84, writer: 'b' });
    const shipping = shipper(async () => known);
    await sleep(300);
    expect([segments, shipping.trouble]).toEqual([[], null]);
    segment(3, [record('r3')], { lost: 3 });
    await until(() => pending().length === 0);
    expect(segments).toEqual([{ ids: ['r3'], lost: 147 }]);
  });

  it('are told with the first row that is taken, where the first of all is refused', async () => {
    const { log: known, segments } = ledger((ids) =>
      ids.includes('bad') ? failure('InvalidInput', 'too long') : null,
    );
    segment(1, ['bad', 'r1', 'r2', 'r3'].map(record), { lost: 4 });
    shipper(async () => known);
    await until(() => pending().length === 0);
    expect(segments).toEqual([
      { ids: ['r1'], lost: 4 },
      { ids: ['r2', 'r3'], lost: 0 },
    ]);
  });

  it('wait for a segment that was never tried: the fact of one that was may be there, whoever ships it next', async () => {
    const recorded = new Map<string, number>();
    const appendSegment: PredictionLog['appendSegment'] = async ({ lost }, records) => {
      const ids = records.map(({ requestId }) => requestId).join();
      const before = recorded.get(ids);
      if (before !== undefined && before !== lost) throw failure('LEDGER_CONFLICT', 'another body');
      recorded.set(ids, lost);
      if (before === undefined) throw failure('LEDGER_UNAVAILABLE', 'the answer was lost on its way');
      return { seq: 1, hash: '', isNew: false, version: null };
    };
    const known = { appendSegment } as Partial<PredictionLog> as PredictionLog;
    segment(1, [record('r1')], { lost: 2 });
    const first = shipper(async () => known);
    await until(() => recorded.size === 1);
    await first.stop(0);
    segment(2, [], { lost: 60 });
    shipper(async () => known);
    await until(() => pending().length === 1);
    segment(3, [record('r3')]);
    await until(() => pending().length === 0);
    expect([...recorded]).toEqual([
      ['r1', 2],
      ['r3', 60],
    ]);
    expect(listSetAside(log)).toEqual([]);
  });
});
