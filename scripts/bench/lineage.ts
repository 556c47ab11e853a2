import pg from 'pg';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import type { Bench, Measured } from './bench.js';
import { inPlace, type Place } from './place.js';
import { alternate, rounded, spread } from './rounds.js';

const allRows = 10_000_000;
const months = 12;
const pairs = 9;
const lookUpsPerPair = 50;

/** What a prediction's lineage costs by the name of its request, in a log of ten million over a year. */
export const bench: Bench = (log, given) =>
  inPlace((place) => measure(place, { rows: given.rows ?? allRows, log }), 3600);

interface Given {
  readonly rows: number;
  readonly log: (line: string) => void;
}

async function measure(place: Place, { rows, log }: Given): Promise<Measured> {
  const { stores, pool } = await openPlace(place);
  log(`generating ${rows} predictions over ${months} months …`);
  await generate(pool, rows);
  const names = Array.from({ length: lookUpsPerPair }, (_, i) => `order:${Math.floor((i * rows) / lookUpsPerPair)}`);
  const bare = `select * from bare where id = $1`;
  log(`${pairs} pairs of ${lookUpsPerPair} look-ups a side …`);
  const sides = {
    lineage: () => eachMilliseconds(names, (name) => known(stores, name)),
    bare: () => eachMilliseconds(names, (name) => pool.query(bare, [name])),
  };
  await sides.lineage();
  await sides.bare();
  return result(rows, await alternate(pairs, sides));
}

async function openPlace(place: Place): Promise<{ stores: PostgresStores; pool: pg.Pool }> {
  const databaseUrl = await place.postgres();
  await migrate(databaseUrl);
  const stores = await openStores({ databaseUrl, poolSize: 2 });
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, options: '-c search_path=mlops' });
  pool.on('error', () => {});
  place.atEnd(() => Promise.all([stores.close(), pool.end()]));
  return { stores, pool };
}

/** Rows as a server's segments leave them, without their facts: a month is one insert. */
async function generate(pool: pg.Pool, rows: number): Promise<void> {
  await pool.query(`
    create or replace function bench_id(at timestamptz, n bigint) returns uuid language sql immutable as $$
      select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
        || substr(md5(n::text), 4, 15))::uuid $$;
    create unlogged table bare (id text primary key, model text, version integer, at timestamptz)`);
  const perMonth = Math.ceil(rows / months);
  for (let month = 0; month < months; month++) {
    const [first, last] = [month * perMonth, Math.min(rows, (month + 1) * perMonth) - 1];
    await pool.query(
      `select ensure_prediction_partition((date_trunc('month', now()) - $1 * interval '1 month')::date)`,
      [month],
    );
    await pool.query(
      `insert into prediction (id, request_row, of_many, at, environment, model, version, model_digest, request_id, asked, event_at, segment)
       select bench_id(t, n), 0, false, time_of_id(bench_id(t, n)), 'production', 'model-' || n % 20, 1 + n % 3,
         sha256(convert_to((n % 20)::text, 'UTF8')), 'order:' || n, substring(sha256(convert_to(n::text, 'UTF8')) for 16), t,
         sha256(convert_to((n / 50000)::text, 'UTF8'))
       from generate_series($1::bigint, $2::bigint) as n, lateral (
         select date_trunc('month', now()) - $3 * interval '1 month' + (n % 2400000) * interval '1 second' / $4::float8 as t) as x`,
      [first, last, month, month === 0 ? 1e3 : 1],
    );
  }
  await pool.query(`insert into prediction_request select * from request_of_predictions`);
  await pool.query(`insert into bare select request_id, model, version, at from prediction`);
  await pool.query('vacuum (analyze) prediction; ');
  await pool.query('vacuum (analyze) prediction_request');
  await pool.query('vacuum (analyze) bare');
}

async function known(stores: PostgresStores, name: string): Promise<void> {
  const { asked } = await stores.ledger.lineage(name);
  if (asked.length !== 1) throw new Error(`The lineage of "${name}" has ${asked.length} predictions.`);
}

async function eachMilliseconds(names: readonly string[], ask: (name: string) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (const name of names) {
    const began = performance.now();
    await ask(name);
    times.push(performance.now() - began);
  }
  return times;
}

interface Round {
  readonly lineage: number[];
  readonly bare: number[];
}

function result(rows: number, rounds: readonly Round[]): Measured {
  const medians = rounds.map(({ lineage, bare }) => ({ lineage: spread(lineage).median, bare: spread(bare).median }));
  const ratio = spread(
    medians.map(({ lineage, bare }) => bare / lineage),
    4,
  );
  return {
    figures: {
      predictions: rows,
      pairs,
      lookUpsPerPair,
      lineageMilliseconds: spread(medians.map(({ lineage }) => lineage)),
      lineageSlowestMilliseconds: rounded(Math.max(...rounds.flatMap(({ lineage }) => lineage))),
      barePrimaryKeyMilliseconds: spread(medians.map(({ bare }) => bare)),
      vsPrimaryKeyRatio: ratio,
    },
    ratios: { vsPrimaryKey: rounded(ratio.median, 4) },
  };
}
