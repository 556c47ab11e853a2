import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../scripts/servers/postgres-server.js';
import { startTemporal } from '../scripts/servers/temporal-server.js';
import { startVersitygw, type VersitygwServer } from '../scripts/servers/versitygw-server.js';

/** How a test reaches an S3 server, in the words of the S3 client. */
export type S3Server = Pick<VersitygwServer, 'endpoint' | 'region' | 'accessKey' | 'secretKey'>;

declare module 'vitest' {
  interface ProvidedContext {
    temporalAddress: string;
    temporalNamespace: string;
    /** A superuser's URL: tests create databases of their own beside this one. */
    databaseUrl: string;
    /** Answers with an `S3Server`; `s3Server()` asks it. */
    s3ServerUrl: string;
  }
}

/**
 * Vitest's global setup of the projects that need servers: one Temporal and one Postgres for the whole run, and an S3
 * server when the first test asks for it. They never are the servers that the environment names.
 */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'mlops-test-'));
  chmodSync(folder, 0o755);
  const temporal = await startTemporal({
    dataFile: join(folder, 'temporal.db'),
    logFile: join(folder, 'temporal.log'),
    headless: true,
    log: console.log,
  });
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), durable: false });
  const s3 = await serveOnDemand(() => startVersitygw({ dataDir: join(folder, 's3'), log: console.log }));
  project.provide('temporalAddress', temporal.address);
  project.provide('temporalNamespace', temporal.namespace);
  project.provide('databaseUrl', postgres.url);
  project.provide('s3ServerUrl', s3.url);
  return async () => {
    await Promise.all([temporal.stop(), postgres.stop(), s3.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
}

/** The one S3 server of this run; the first call starts it. */
export async function s3Server(): Promise<S3Server> {
  const response = await fetch(inject('s3ServerUrl'));
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as S3Server;
}

/** Tests run in other processes than the servers' parent, so they ask it over HTTP on the loopback interface. */
async function serveOnDemand(start: () => Promise<VersitygwServer>) {
  let started: Promise<VersitygwServer> | undefined;
  const door = createServer((_request, response) => {
    started ??= start();
    started.then(
      ({ endpoint, region, accessKey, secretKey }) =>
        response.end(JSON.stringify({ endpoint, region, accessKey, secretKey })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  const url = await listen(door);
  const stop = async () => {
    door.close();
    await (await started?.catch(() => undefined))?.stop();
  };
  return { url, stop };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
