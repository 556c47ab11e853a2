import { DuckDBInstance } from '@duckdb/node-api';

/** One flight as it is known at departure, and its outcome, known later. */
export interface Flight {
  readonly departure: string;
  readonly origin: string;
  readonly destination: string;
  readonly distance: number;
  readonly origin_state: string | null;
  readonly destination_state: string | null;
  readonly delay: number;
}

export const flightsFolder = 'node_modules/vega-datasets/data';

/** Draws the same flights of each day of 2001 at every run: ordered by a hash, then by departure. */
export class Flights {
  readonly #root: string;
  #instance: DuckDBInstance | null = null;

  constructor(root: string) {
    this.#root = root;
  }

  async ofDay(day: string, count: number): Promise<Flight[]> {
    this.#instance ??= await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await this.#instance.connect();
    try {
      const reader = await connection.runAndReadAll(daySql(`${this.#root}${flightsFolder}`, day, count));
      return reader.getRowObjectsJson() as unknown as Flight[];
    } finally {
      connection.closeSync();
    }
  }

  close(): void {
    this.#instance?.closeSync();
  }
}

function daySql(folder: string, day: string, count: number): string {
  const path = folder.replaceAll("'", "''");
  return `
    with picked as (
      select * from '${path}/flights-3m.parquet' f
      where date >= timestamp '${day}' and date < timestamp '${day}' + interval 1 day and delay is not null
      order by hash(date, origin, destination, delay) limit ${count})
    select strftime(p.date, '%Y-%m-%dT%H:%M:%SZ') as departure, p.origin, p.destination, cast(p.distance as double) as distance,
      o.state as origin_state, d.state as destination_state, cast(p.delay as double) as delay
    from picked p
    left join '${path}/airports.csv' o on o.iata = p.origin
    left join '${path}/airports.csv' d on d.iata = p.destination
    order by p.date, p.origin, p.destination`;
}
