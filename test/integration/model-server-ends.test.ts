import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { putPackage } from './model-package.js';
import {
  ask,
  endpoint,
  inferBody,
  isAlive,
  newPlace,
  type Place,
  type RunningServer,
  serve,
  sleep,
  startModelServer,
  until,
} from './model-server-process.js';

const { model } = endpoint;
let place: Place;
let server: RunningServer;

async function begin(environment: Record<string, string> = {}) {
  place = newPlace();
  server = await startModelServer(place, environment);
  await serve(server, await putPackage(place.blobs, { model, version: 1, answer: 0.25 }), 1);
}

afterEach(async () => {
  await server.stop('SIGKILL');
  await sleep(50);
  place.remove();
});

/** Ids of the log, whether its segments are complete or still open. */
function logged(): Set<string> {
  const folder = join(place.folder, 'work/model-server/predictions');
  const files = readdirSync(folder).map((name) => join(folder, name));
  const text = files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, 'utf8'));
  return new Set(
    text
      .join('')
      .split('\n')
      .flatMap((line) => /"requestId":"([^"]+)"/.exec(line)?.[1] ?? []),
  );
}

/** Asks until it is told to stop; the ids that were answered with 200. */
function askOn(clients: number) {
  const answered: string[] = [];
  const statuses = new Set<number>();
  let goesOn = true;
  const client = async () => {
    while (goesOn) {
      const id = randomUUID();
      const answer = await ask(server, inferBody(), { 'x-request-id': id }).catch(() => null);
      if (answer === null) return;
      statuses.add(answer.status);
      if (answer.status === 200) answered.push(id);
    }
  };
  const clientsDone = Promise.all(Array.from({ length: clients }, client));
  const stop = async () => {
    goesOn = false;
    await clientsDone;
  };
  return { answered, statuses, stop };
}

describe('an answer that was given', () => {
  it('is in the log when the supervisor was killed: processes refuse, finish and save before they end', async () => {
    await begin({ MODEL_SERVER_PROCESSES: '2', MODEL_SERVER_LOG_ROTATE_MS: '600000' });
    const asking = askOn(50);
    await until(() => asking.answered.length > 300, 30_000);
    const serving = server.servingPids();
    await server.stop('SIGKILL');
    await until(() => serving.every((pid) => !isAlive(pid)), 8000);
    await asking.stop();
    const log = logged();
    expect(asking.answered.filter((id) => !log.has(id))).toEqual([]);
    expect([...asking.statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  });

  it('is in the log when everything was killed, where answers wait for the disk', async () => {
    await begin({ MODEL_SERVER_ANSWER_AFTER_COMMIT: '1', MODEL_SERVER_LOG_ROTATE_MS: '600000' });
    const asking = askOn(20);
    await until(() => asking.answered.length > 200, 30_000);
    for (const pid of [...server.servingPids(), server.child.pid as number]) process.kill(pid, 'SIGKILL');
    await asking.stop();
    const log = logged();
    expect(asking.answered.filter((id) => !log.has(id))).toEqual([]);
  });
});
