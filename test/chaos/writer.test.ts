import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/common';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { taskQueues, workflowIds, workflowTypes } from '../../schemas/index.js';
import { expectSound, lineageOf } from '../life/lineage-of-life.js';
import { environment, liveThrough, model, openSmallLife, type SmallLife } from '../life/small-life.js';

const minutes = 60_000;
const open: SmallLife[] = [];

afterAll(async () => {
  for (const life of open) await life.close();
});

async function opened(): Promise<SmallLife> {
  const at = await openSmallLife();
  open.push(at);
  return at;
}

const digest = fc.constantFrom('0', '1', 'f').map((c) => c.repeat(64));
const version = fc.record({ version: fc.integer({ min: 1, max: 3 }), modelDigest: digest, packageDigest: digest });
const fence = fc.record({ generation: fc.constantFrom(1, 2, 3, 1000, Number.MAX_SAFE_INTEGER), step: fc.nat(3) });
const workflowId = fc.constantFrom(
  workflowIds.deploy(model, environment),
  workflowIds.lifecycle(model),
  workflowIds.retrain(model),
  'x',
  '\u0000',
  'y'.repeat(5000),
);
const runId = fc.oneof(fc.uuid(), fc.constant('y'));
const routes = fc.record({ current: version, candidate: fc.constant(null), previous: fc.option(version) });
const step = fc.record({ kind: fc.constantFrom('share', 'pause', 'promote'), share: fc.constant(1) });
const event = fc.constantFrom('granted', 'approved', 'stepDone', 'stopped', 'refused', 'probe');

/** Every name that our workflows ever gave a message of their own, with bodies that look right or are anything. */
const names = [
  'rolloutAsks',
  'endpointMoved',
  'rolloutTold',
  'rolloutNews',
  'asks',
  'rolloutRequested',
  'rolloutStep',
  'rolloutAbandoned',
  'rolloutEvent',
  'endpointRolledBack',
  'stageEnded',
];
const body = fc.oneof(
  fc.jsonValue(),
  fc.record({ workflowId }),
  fc.record({ environment: fc.constantFrom(environment, 'staging', '') }),
  fc.record({ workflowId, runId, environment: fc.constant(environment), step: fc.nat(2), wants: step }),
  fc.record({ environment: fc.constant(environment), by: fc.constant('eve'), reason: fc.constant('x'), fence, routes }),
  fc.record({ kind: event, fence, approvedBy: fc.constant('eve'), step: fc.nat(2), serving: fc.nat(3) }),
);
const receiver = fc.constantFrom(
  workflowIds.lifecycle(model),
  workflowIds.deploy(model, environment),
  workflowIds.retrain(model),
);

/** Sends forged messages of every kind, one after another, and starts what looks like owners, until told to end. */
function forge({ client }: SmallLife) {
  let over = false;
  let sent = 0;
  let tried = 0;
  const forging = (async () => {
    for (const [id, name, forged] of fc.sample(fc.tuple(receiver, fc.constantFrom(...names), body), 20_000)) {
      if (over) return;
      const handle = client.workflow.getHandle(id);
      await handle.signal(name, forged).then(() => (sent += 1), notThere);
      if (++tried % 50 === 0) await startOwner(client, forged, tried);
      await sleep(20);
    }
  })();
  return {
    stop: async () => {
      over = true;
      await forging;
      return sent;
    },
  };
}

function notThere(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

/** A lifecycle of the model under another id, with a state of the writer's own. */
const startOwner = (client: SmallLife['client'], state: unknown, n: number) =>
  client.workflow.start(workflowTypes.lifecycle, {
    workflowId: `mine/${n}`,
    taskQueue: taskQueues.orchestration,
    args: [{ model, environment }, state],
  });

it('a writer to the namespace who forges every message leaves a life what it is', {
  timeout: 15 * minutes,
}, async () => {
  const unharmed = await opened();
  await liveThrough(unharmed);
  const wanted = await lineageOf(unharmed);
  const at = await opened();
  const writer = forge(at);
  let sent = 0;
  try {
    await liveThrough(at);
  } finally {
    sent = await writer.stop();
    console.log(`${sent} forged messages`);
  }
  expect(sent).toBeGreaterThan(100);
  expect(await lineageOf(at)).toEqual(wanted);
  await expectSound(at);
});
