import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ingestWindow, type LoggedWindow, type RawValue, readWindow } from '../../../activities/sql/jobs/window.js';
import { SqlLimits } from '../../../activities/sql/sql-job.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-window-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Raw = number | string | boolean | null;

const at = '2001-04-18T09:00:00.000Z';
function line(id: string, inputs: Record<string, Raw>, more: Record<string, unknown> = {}) {
  const made = { model: 'm', version: 1, modelDigest: 'e'.repeat(64), environment: 'production', at, eventAt: at };
  return JSON.stringify({ predictionId: id, requestId: id, ...made, inputs, output: 0.25, ...more });
}

function windowOf(segments: readonly string[], outcomes = '', zipped = false): LoggedWindow {
  const directory = mkdtempSync(join(folder, 'job-'));
  const written = segments.map((text, i) => {
    const file = join(directory, `${i}.jsonl${zipped ? '.gz' : ''}`);
    writeFileSync(file, zipped ? gzipSync(text) : text);
    return file;
  });
  writeFileSync(join(directory, 'outcomes.csv'), outcomes);
  return {
    directory,
    limits: SqlLimits.parse({ memoryMb: 256 }),
    model: 'm',
    environment: 'production',
    window: { from: '2001-04-18T00:00:00.000Z', to: '2001-04-19T00:00:00.000Z' },
    segments: written,
    parts: [],
    outcomes: join(directory, 'outcomes.csv'),
  };
}

interface Asked {
  readonly name: string;
  readonly type: 'number' | 'string' | 'timestamp';
}

async function columnsOf(asked: LoggedWindow, columns: readonly Asked[]): Promise<Record<string, RawValue[]>> {
  await ingestWindow(asked);
  const read = new Map(columns.map(({ name }) => [name, [] as RawValue[]]));
  const watched = columns.map(({ name, type }) => ({
    name,
    type,
    as: type === 'string' ? ('texts' as const) : ('numbers' as const),
    add: (value: RawValue) => void read.get(name)?.push(value),
  }));
  await readWindow(asked, { version: 1, columns: watched, addOutput: () => {}, addOutcome: () => {} });
  return Object.fromEntries(read);
}

describe('a window of the log', () => {
  it('gives every input back as it was sent, whatever its name and its value', async () => {
    const name = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !text.includes('\u0000'));
    const odd = fc.constantFrom(
      'a/b',
      'a~1b',
      '~',
      '/',
      '$',
      '$.x',
      '"',
      "'",
      '-',
      '0',
      '__proto__',
      'a.b',
      '東京',
      ' ',
    );
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (x === 0 ? 0 : x)); // JSON has one zero
    const raw = fc.oneof(number, fc.boolean(), fc.constant(null));
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('12', 'true', 'null', '"x"', ''),
      fc.boolean(),
      fc.constant(null),
    );
    const rows = fc.tuple(fc.uniqueArray(fc.oneof(name, odd), { minLength: 2, maxLength: 6 })).chain(([names]) => {
      const row = fc.tuple(...names.map((_, i) => (i % 2 === 0 ? raw : text)));
      return fc.record({ names: fc.constant(names), rows: fc.array(row, { minLength: 1, maxLength: 5 }) });
    });
    await fc.assert(
      fc.asyncProperty(rows, async ({ names, rows }) => {
        const lines = rows.map((row, i) =>
          line(`p${i}`, Object.fromEntries(names.map((n, at) => [n, row[at] ?? null]))),
        );
        const columns = names.map((n, i): Asked => ({ name: n, type: i % 2 === 0 ? 'number' : 'string' }));
        const read = await columnsOf(windowOf([`${lines.join('\n')}\n`]), columns);
        for (const [i, one] of names.entries()) expect(read[one]).toEqual(rows.map((row) => seen(row[i] ?? null, i)));
      }),
      { numRuns: 25 },
    );
  });

  it('counts a number in a text, and a column that is not there, as missing; times in milliseconds', async () => {
    const lines = [
      line('a', { n: '12', t: '2001-04-18T06:00:00.000Z' }),
      line('b', { n: 1e300, t: 987_573_600_000 }),
      line('c', { t: 'soon' }),
    ];
    const columns: Asked[] = [
      { name: 'n', type: 'number' },
      { name: 't', type: 'timestamp' },
    ];
    const time = Date.parse('2001-04-18T06:00:00Z');
    expect(await columnsOf(windowOf([lines.join('\n')]), columns)).toEqual({
      n: [null, 1e300, null],
      t: [time, time, null],
    });
  });

  it.each([false, true])(
    'holds its own model, environment and time, and counts what is no prediction (zipped: %s)',
    async (zipped) => {
      const lines = [
        line('a', {}),
        line('b', {}, { model: 'other' }),
        line('c', {}, { environment: 'staging' }),
        line('d', {}, { eventAt: '2001-04-19T00:00:00.000Z' }),
        line('e', {}, { eventAt: 'yesterday' }),
        line('f', {}, { version: 2 }),
        '{"torn":',
        'no JSON at all',
        '[1]',
        '{}',
        '',
      ];
      const counted = await ingestWindow(
        windowOf([lines.slice(0, 6).join('\n'), lines.slice(6).join('\n')], '', zipped),
      );
      expect(counted).toEqual({
        versions: [
          { version: 1, rows: 2 },
          { version: 2, rows: 1 },
        ],
        unreadable: 4,
      });
    },
  );

  it('joins outcomes by prediction id, and leaves out what was only asked for again', async () => {
    const asked = windowOf(
      [['c', 'a', 'b', 'd'].map((id) => line(id, {}, { output: id.charCodeAt(0) })).join('\n')],
      'a,1\nb,\nc,0.5\nz,9\n',
    );
    expect((await ingestWindow(asked)).versions).toEqual([{ version: 1, rows: 3 }]);
    const joined: number[][] = [];
    const outputs: number[] = [];
    await readWindow(asked, {
      version: 1,
      columns: [],
      addOutput: (output) => outputs.push(output),
      addOutcome: (outcome, output) => joined.push([outcome, output]),
    });
    expect(outputs).toEqual([99, 97, 100]);
    expect(joined).toEqual([
      [1, 97],
      [0.5, 99],
    ]);
  });

  it('is empty where there is no file', async () => {
    expect(await ingestWindow(windowOf([]))).toEqual({ versions: [], unreadable: 0 });
  });
});

/** As the baseline counted it. */
function seen(raw: Raw, column: number): RawValue {
  if (raw === null) return null;
  return column % 2 === 0 ? Number(raw) : String(raw);
}
