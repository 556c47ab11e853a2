import { escapeIdentifier, type PoolClient } from 'pg';
import type { LedgerFault } from '../../ledger.js';
import { migrationsInOrder, migrationTable } from '../migrations.js';
import { objectsOf, type SchemaObject } from './catalogue-objects.js';
import { rightsFaults } from './rights.js';

/**
 * Compares what guards the ledger with what the migrations make. They are run once more, into this session's temporary
 * schema, and taken back: the server itself says of both, in the same words, what they are, so that there is no list to
 * keep up and nothing to forge. A reader can do it, for whom the database allows temporary tables (as it does by default).
 */
export async function schemaFaults(client: PoolClient): Promise<LedgerFault[]> {
  const { rows } = await client.query<{ schema: string }>('select current_schema() as schema');
  const schema = rows[0]?.schema ?? '';
  const found = await inPassing(client, [schema, 'pg_temp'], () => objectsOf(client));
  const rights = await rightsFaults(client, schema);
  try {
    const wanted = await inPassing(client, ['pg_temp', schema], () => makeAgain(client));
    return [...differences(wanted, found), ...rights];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [fault(`the schema cannot be compared with the migrations: ${why}`), ...rights];
  }
}

async function makeAgain(client: PoolClient): Promise<SchemaObject[]> {
  await client.query('set local check_function_bodies = off');
  await client.query(migrationTable);
  for (const sql of inTemporarySchema(migrationsInOrder().map((migration) => migration.sql))) await client.query(sql);
  return objectsOf(client);
}

const making = /\bcreate (?:function|procedure) (\w+)\(/g;
/** Also where a trigger is written by a procedure, which has its name from elsewhere. */
const triggering = /\bexecute function (?=[\w%])/g;

/** Functions are looked for in every schema but the temporary one, unless it is named: so it is, wherever one is called. */
function inTemporarySchema(files: readonly string[]): string[] {
  const made = files.flatMap((sql) => [...sql.matchAll(making)].map(([, name = '']) => name));
  const called = new RegExp(`(?<![.\\w])(${[...new Set(made)].join('|')})(?=\\()`, 'g');
  return files.map((sql) => sql.replaceAll(triggering, 'execute function pg_temp.').replaceAll(called, 'pg_temp.$1'));
}

/** In a transaction of which nothing stays. */
async function inPassing<T>(client: PoolClient, path: readonly string[], act: () => Promise<T>): Promise<T> {
  await client.query('begin read write');
  try {
    await client.query(`set local search_path to ${path.map(escapeIdentifier).join(', ')}`);
    return await act();
  } finally {
    await client.query('rollback');
  }
}

const fault = (what: string): LedgerFault => ({ what, seq: null });

function differences(wanted: readonly SchemaObject[], found: readonly SchemaObject[]): LedgerFault[] {
  const byName = (objects: readonly SchemaObject[]) => new Map(objects.map((object) => [nameOf(object), object]));
  const [expected, actual] = [byName(wanted), byName(found)];
  const missing = wanted.filter((object) => !actual.has(nameOf(object)));
  const changed = found.filter((object) => {
    const other = expected.get(nameOf(object));
    return other !== undefined && other.definition !== object.definition;
  });
  const added = found.filter((object) => !expected.has(nameOf(object)) && !isOfPartition(object));
  return [
    ...missing.map((object) => fault(`${nameOf(object)} is missing`)),
    ...changed.map((object) => fault(`${nameOf(object)} is not what the migrations make`)),
    ...added.map((object) => fault(`${nameOf(object)} is of no migration`)),
    ...partitionFaults(wanted, found),
  ];
}

const nameOf = ({ kind, name }: SchemaObject) => `the ${kind} ${name}`;

const isOfPartition = ({ partition }: SchemaObject) => partition !== null;

/** A partition that came later is like those of the migrations: its triggers are theirs, no fewer and no others. */
function partitionFaults(wanted: readonly SchemaObject[], found: readonly SchemaObject[]): LedgerFault[] {
  const named = new Set(wanted.map(nameOf));
  const later = found.filter((object) => isOfPartition(object) && !named.has(nameOf(object)));
  const partitions = new Set(later.filter(({ kind }) => kind === 'partition').map(({ name }) => name));
  const like = (parent: string) => wanted.filter((one) => one.kind === 'trigger' && one.partition?.of === parent);
  return [...partitions].flatMap((name) => {
    const own = later.filter((object) => object.partition?.name === name);
    const parent = own[0]?.partition?.of ?? '';
    const expected = new Set(like(parent).map((one) => one.definition));
    const actual = own.filter(({ kind }) => kind !== 'partition');
    const wrong = actual.filter(({ kind, definition }) => kind !== 'trigger' || !expected.has(definition));
    const missing = [...expected].filter((definition) => !actual.some((object) => object.definition === definition));
    return [
      ...wrong.map((object) => fault(`${nameOf(object)} is not what the migrations make`)),
      ...missing.map(() => fault(`the partition ${name} lacks a trigger that guards ${parent}`)),
    ];
  });
}
