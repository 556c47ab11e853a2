import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { SmallLife } from './small-life.js';

/** Takes something away, and gives back what brings it back. */
export type TakeAway = (at: SmallLife) => Promise<() => Promise<void>>;

const hbaOf = ({ folder }: SmallLife) => join(folder, 'postgres', 'pg_hba.conf');

/** Postgres lets nobody in: a rotated password, a node with another hba. Whoever is in is put out. */
export const refuseLogins: TakeAway = async (at) => {
  const admin = await connected(at);
  const before = readFileSync(hbaOf(at), 'utf8');
  const reload = async (hba: string) => {
    writeFileSync(hbaOf(at), hba);
    await admin.query('select pg_reload_conf()');
    await sleep(200);
    await admin.query(others);
  };
  await reload('host all all all reject\n');
  return async () => {
    await reload(before);
    await admin.end();
  };
};

const others = `select pg_terminate_backend(pid) from pg_stat_activity
  where pid <> pg_backend_pid() and backend_type = 'client backend'`;

/** The ledger's schema is not there: a restore under way, a migration that was forgotten. */
export const renameSchema: TakeAway = async (at) => {
  const admin = await connected(at);
  const rename = (from: string, to: string) => admin.query(`alter schema ${from} rename to ${to}`);
  await rename('mlops', 'mlops_away');
  return async () => {
    await rename('mlops_away', 'mlops');
    await admin.end();
  };
};

/** The right to call what appends is revoked from everybody. */
export const revokeRights: TakeAway = async (at) => {
  const admin = await connected(at);
  await admin.query('revoke usage on schema mlops from mlops_writer, mlops_server');
  return async () => {
    await admin.query('grant usage on schema mlops to mlops_writer, mlops_server');
    await admin.end();
  };
};

/** The folder of the blobs is not mounted. */
export const unmountBlobs: TakeAway = async ({ folder }) => {
  const blobs = join(folder, 'blobs');
  while (!existsSync(blobs)) await sleep(5); // the first blob makes it
  renameSync(blobs, `${blobs}-away`);
  return async () => renameSync(`${blobs}-away`, blobs);
};

export const killPostgres: TakeAway = async ({ stack }) => {
  await stack.postgres?.kill();
  return async () => stack.postgres?.start();
};

export const killTemporal: TakeAway = async ({ stack }) => {
  await stack.temporal.kill();
  return () => stack.temporal.start();
};

/** As the superuser: no login of ours may do any of this. */
async function connected({ stack, folder }: SmallLife): Promise<Client> {
  const url = new URL(stack.environment['DATABASE_URL'] ?? '');
  url.username = 'postgres';
  url.password = readFileSync(join(folder, 'postgres', 'superuser-password'), 'utf8');
  const client = new Client({ connectionString: url.href });
  client.on('error', () => {});
  await client.connect();
  return client;
}
