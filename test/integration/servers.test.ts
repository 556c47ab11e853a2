import { chmodSync, existsSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Connection, Client as TemporalClient } from '@temporalio/client';
import { Client as PostgresClient } from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../../scripts/servers/postgres-server.js';
import { startTemporal } from '../../scripts/servers/temporal-server.js';
import { startVersitygw, type VersitygwServer } from '../../scripts/servers/versitygw-server.js';
import { s3Server } from '../servers.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-servers-'));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('Temporal', () => {
  const options = { dataFile: join(folder, 'temporal.db'), logFile: join(folder, 'temporal.log') };

  it('keeps a workflow through kill -9 and a restart on the same port, and leaves no process', async () => {
    const first = await startTemporal(options);
    await withTemporal(first.address, async (client) => {
      await client.workflow.start('modelLifecycle', {
        taskQueue: 'nobody',
        workflowId: 'lifecycle/flights',
        searchAttributes: { MlModel: ['flights'], MlVersion: [1], MlNeedsApproval: [true] },
      });
    });
    await first.kill();
    expect(isAlive(first.pid)).toBe(false);
    const port = Number(first.address.split(':')[1]);
    const second = await startTemporal({ ...options, port, headless: true });
    expect(second).toMatchObject({ address: first.address, uiUrl: null, namespace: 'default' });
    await withTemporal(second.address, async (client) => {
      const { status } = await client.workflow.getHandle('lifecycle/flights').describe();
      expect(status.name).toBe('RUNNING');
    });
    await second.stop();
    expect(isAlive(second.pid)).toBe(false);
  });

  it('takes over from a server that an earlier run left behind', async () => {
    const dataFile = join(folder, 'left-behind.db');
    const left = await startTemporal({ ...options, dataFile, headless: true });
    const next = await startTemporal({ ...options, dataFile, headless: true });
    expect(isAlive(left.pid)).toBe(false);
    await next.stop();
  });

  it('serves the Web UI', async () => {
    const temporal = await startTemporal({ ...options, dataFile: join(folder, 'ui.db') });
    expect((await fetch(temporal.uiUrl as string)).status).toBe(200);
    await temporal.stop();
  });

  it('says why it did not start', async () => {
    const dataFile = join(folder, 'not', 'a', 'database');
    await expect(startTemporal({ ...options, dataFile, cli: '/bin/false' })).rejects.toThrow(
      /ended before it was ready/,
    );
  });
});

describe('PostgreSQL', () => {
  it('keeps a committed row through kill -9 and a restart, and leaves no process', async () => {
    const dataDir = join(folder, 'postgres');
    const first = await startPostgres({ dataDir });
    await ask(first.url, 'CREATE TABLE fact AS SELECT 42 AS answer');
    await first.kill();
    const second = await startPostgres({ dataDir });
    expect(await ask(second.url, 'SELECT answer FROM fact')).toEqual([{ answer: 42 }]);
    await second.stop();
    expect([isAlive(first.pid), isAlive(second.pid)]).toEqual([false, false]);
  });

  it('takes over from a server that an earlier run left behind', async () => {
    const dataDir = join(folder, 'left-behind');
    const left = await startPostgres({ dataDir, durable: false });
    const next = await startPostgres({ dataDir, durable: false });
    expect(isAlive(left.pid)).toBe(false);
    expect(await ask(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await next.stop();
  });

  it.runIf(process.getuid?.() === 0)('gives root a cluster in a folder that only root can enter', async () => {
    const closed = mkdtempSync(join(tmpdir(), 'mlops-closed-'));
    const dataDir = join(closed, 'postgres');
    const postgres = await startPostgres({ dataDir, durable: false });
    expect(await ask(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await postgres.stop();
    rmSync(readlinkSync(dataDir), { recursive: true });
    rmSync(closed, { recursive: true });
    expect(existsSync(dataDir)).toBe(false);
  });

  it('refuses a wrong password', async () => {
    const dataDir = join(folder, 'password');
    const postgres = await startPostgres({ dataDir, durable: false });
    const wrong = postgres.url.replace(/:[0-9a-f]+@/, ':guess@');
    await expect(ask(wrong, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    await postgres.stop();
  });
});

describe('versitygw', () => {
  it('keeps an object through kill -9 and a restart with the same keys, and leaves no process', async () => {
    const dataDir = join(folder, 's3');
    const first = await startVersitygw({ dataDir });
    await first.createBucket('models');
    await clientOf(first).send(new PutObjectCommand({ Bucket: 'models', Key: 'a/b', Body: 'bytes' }));
    await first.kill();
    const second = await startVersitygw({ dataDir });
    const { Body } = await clientOf(second).send(new GetObjectCommand({ Bucket: 'models', Key: 'a/b' }));
    expect(await Body?.transformToString()).toBe('bytes');
    await second.stop();
    expect([isAlive(first.pid), isAlive(second.pid)]).toEqual([false, false]);
  });

  it('is one server for all test files that ask for it', async () => {
    expect(await s3Server()).toEqual(await s3Server());
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function withTemporal(address: string, use: (client: TemporalClient) => Promise<void>): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await use(new TemporalClient({ connection }));
  } finally {
    await connection.close();
  }
}

async function ask(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new PostgresClient({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function clientOf({ endpoint, region, accessKey, secretKey }: VersitygwServer): S3Client {
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true });
}
