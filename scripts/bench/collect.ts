import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { measureFile } from '../../activities/files/hashing.js';
import { childEntry } from '../../activities/processes/child-process.js';
import { pythonVenv } from '../servers/python-venv.js';
import type { Bench, Measured } from './bench.js';
import { type MeasuredRun, measuredRun } from './measured-process.js';
import { inPlace, type Place } from './place.js';
import { alternate, rounded, spread } from './rounds.js';

/** 1.0 GB */
const usualRows = 12_500_000;
const rounds = 5;

/** A CSV to a dataset version, counted, hashed, profiled and stored, against what writes a Parquet file of it. */
export const bench: Bench = (log, given) =>
  inPlace((place) => measure(place, { rows: given.rows ?? usualRows, log }), 3600);

interface Given {
  readonly rows: number;
  readonly log: (line: string) => void;
}

async function measure(place: Place, { rows, log }: Given): Promise<Measured> {
  log(`generating ${rows} rows …`);
  const file = join(place.folder, 'rows.csv');
  await generate(file, rows);
  const python = await pythonVenv('pandas', [
    ['pandas==3.0.1', 'pyarrow==23.0.1'],
    ['pandas', 'pyarrow'],
  ]);
  if (python === null) log('no Python with pandas can be installed here: its side is left out');
  log(`${rounds} rounds of each side …`);
  const found = await alternate(rounds, sidesOf(place, file, python));
  for (const side of found.flatMap((round) => Object.values(round)))
    if (side.rows !== rows) throw new Error(`A side read ${side.rows} rows of ${rows}.`);
  return result(found, { rows, bytes: statSync(file).size, hashSeconds: await hashSeconds(file) });
}

type Side = 'ours' | 'duckdb' | 'duckdbZstd' | 'pandas';

function sidesOf(place: Place, file: string, python: string | null) {
  const out = join(place.folder, 'out.parquet');
  const duckdb = (compression: string) => () =>
    measuredRun(process.execPath, [childEntry('scripts/bench/bare-copy.js'), file, out, compression]);
  return {
    ours: () => ours(place),
    duckdb: duckdb('snappy'),
    duckdbZstd: duckdb('zstd'),
    ...(python === null ? {} : { pandas: () => measuredRun(python, ['-c', pandasScript, file, out]) }),
  } as Record<Side, () => Promise<MeasuredRun>>;
}

/** With an empty blob store each time: bytes that are there are not written again. */
async function ours(place: Place): Promise<MeasuredRun> {
  const [blobs, work] = [join(place.folder, 'blobs'), join(place.folder, 'work')];
  for (const folder of [blobs, work]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
  }
  const args = [place.folder, 'rows.csv', pathToFileURL(blobs).href, work];
  return measuredRun(process.execPath, [childEntry('scripts/bench/collect-ours.js'), ...args]);
}

const pandasScript = `
import json, sys, time, pandas
started = time.perf_counter()
frame = pandas.read_csv(sys.argv[1])
frame.to_parquet(sys.argv[2])
print(json.dumps({"seconds": time.perf_counter() - started, "rows": len(frame)}))
`;

/** Ids, times, measures with and without gaps, words, a yes or no: 80 bytes a row. */
async function generate(file: string, rows: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT 1000000000 + r AS id, TIMESTAMP '2024-01-01' + to_seconds(r % 30000000) AS at,
       round(hash(r) % 100000 / 100.0, 2) AS fare, round(hash(r + 1) % 1000000 / 1e4, 4) AS distance,
       CASE WHEN hash(r + 2) % 10 > 0 THEN hash(r + 2) % 60 END AS minutes,
       'zone ' || hash(r + 3) % 260 AS zone, 'card, ' || hash(r + 4) % 4 AS payment, hash(r + 5) % 2 = 0 AS shared
     FROM range(${rows}) t(r)) TO '${file}' (FORMAT csv, HEADER)`,
  );
  connection.closeSync();
  instance.closeSync();
}

async function hashSeconds(file: string): Promise<number> {
  const started = performance.now();
  await measureFile(file);
  return (performance.now() - started) / 1000;
}

interface About {
  readonly rows: number;
  readonly bytes: number;
  readonly hashSeconds: number;
}

function result(found: readonly Record<Side, MeasuredRun>[], { rows, bytes, hashSeconds }: About): Measured {
  const seconds = (side: Side) => spread(found.map((round) => round[side].seconds));
  const peak = (side: Side) => rounded(Math.max(...found.map((round) => round[side].peakMebibytes)), 0);
  const ratio = (side: Side) =>
    spread(
      found.map((round) => round[side].seconds / round.ours.seconds),
      2,
    ).median;
  const hasPandas = found.every((round) => 'pandas' in round);
  return {
    figures: {
      rows,
      csvMegabytes: rounded(bytes / 1e6, 0),
      rounds: found.length,
      oursSeconds: seconds('ours'),
      duckdbSeconds: seconds('duckdb'),
      duckdbZstdSeconds: seconds('duckdbZstd'),
      hashOfTheFileSeconds: rounded(hashSeconds),
      oursPeakMebibytes: peak('ours'),
      duckdbPeakMebibytes: peak('duckdb'),
      ...(hasPandas ? { pandasSeconds: seconds('pandas'), pandasPeakMebibytes: peak('pandas') } : {}),
    },
    ratios: { vsDuckdb: ratio('duckdb'), ...(hasPandas ? { vsPandas: ratio('pandas') } : {}) },
  };
}
