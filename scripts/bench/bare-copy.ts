import { DuckDBInstance } from '@duckdb/node-api';

/*
 * What one would write in a minute: a CSV to Parquet by DuckDB, with everything guessed and nothing counted. Arguments: the
 * file, the file to write, and its compression. Prints how long it took.
 */
const [from = '', to = '', compression = ''] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
const connection = await instance.connect();
const started = performance.now();
await connection.run(`COPY (FROM read_csv('${from}')) TO '${to}' (FORMAT parquet, COMPRESSION ${compression})`);
const seconds = (performance.now() - started) / 1000;
const { rows } =
  (await connection.runAndReadAll(`SELECT count(*)::DOUBLE AS rows FROM '${to}'`)).getRowObjects()[0] ?? {};
process.stdout.write(`${JSON.stringify({ seconds, rows })}\n`);
