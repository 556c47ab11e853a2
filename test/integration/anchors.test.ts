import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { anchorFolder } from '../../activities/stores/anchors.js';
import { openAnchors } from '../../activities/stores/open-blob-store.js';
import { AnchorKeeper } from '../../activities/stores/postgres/anchor-keeper.js';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores } from '../../activities/stores/postgres/open-stores.js';
import { s3Client } from '../../activities/stores/s3/s3-client.js';
import type { ChainMark } from '../../schemas/index.js';
import { freePort } from '../../scripts/servers/free-port.js';
import { describeAnchors } from '../conformance/anchors.js';
import { s3Server } from '../servers.js';
import { createDatabase } from './ledger-database.js';
import { datasetFact } from './ledger-facts.js';
import { until } from './small-stack.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-anchors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeAnchors('a folder', async () => {
  const root = join(folder, 'store');
  writeFileSync(join(folder, 'not-a-folder'), '');
  return {
    open: (ledger) => openAnchors(pathToFileURL(root).href, ledger),
    openAway: () => openAnchors(pathToFileURL(join(folder, 'not-a-folder', 'x')).href, 'mlops'),
    litter: async (ledger, name) => {
      mkdirSync(join(root, anchorFolder(ledger)), { recursive: true });
      writeFileSync(join(root, anchorFolder(ledger), name), '');
    },
  };
});

describeAnchors('S3', async () => {
  const { endpoint, region, accessKey, secretKey } = await s3Server();
  const bucket = `anchors-${process.pid}`;
  const env = {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
  };
  const client = s3Client(env);
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const nobody = { ...env, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${await freePort()}` };
  return {
    open: (ledger) => openAnchors(`s3://${bucket}/team`, ledger, { env }),
    openAway: () => openAnchors(`s3://${bucket}/team`, 'mlops', { env: nobody }),
    litter: async (ledger, name) => {
      const Key = `team/${anchorFolder(ledger)}/${name}`;
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'stray' }));
    },
  };
});

describe('a ledger that is anchored', () => {
  const seqsOf = async (ledger: string) => {
    const found: number[] = [];
    for await (const { seq } of openAnchors(pathToFileURL(folder).href, ledger).all()) found.push(seq);
    return found;
  };

  it('leaves an anchor after so many facts, and one of its end by the clock', async () => {
    const databaseUrl = await createDatabase('anchored');
    await migrate(databaseUrl);
    const anchors = openAnchors(pathToFileURL(folder).href, 'often');
    const often = await openStores({ databaseUrl, anchoring: { anchors, everyFacts: 4, everyMs: 0 } });
    for (let i = 0; i < 10; i++) await often.ledger.append(datasetFact('d', `${i}`));
    await often.ledger.appendAll([10, 11, 12].map((i) => datasetFact('d', `${i}`)));
    await often.close();
    expect(await seqsOf('often')).toEqual([4, 8, 13]);
    const byClock = openAnchors(pathToFileURL(folder).href, 'clock');
    const clocked = await openStores({ databaseUrl, anchoring: { anchors: byClock, everyFacts: 1000, everyMs: 50 } });
    await until(async () => (await seqsOf('clock')).length > 0);
    await clocked.close();
    expect(await seqsOf('clock')).toEqual([13]);
  });

  it('is appended to where the anchors are away, says so once, and makes up for it', async () => {
    const put: number[] = [];
    const said: string[] = [];
    let isAway = true;
    const keeper = new AnchorKeeper({
      anchors: {
        put: async ({ seq }: ChainMark) => {
          if (isAway) throw new Error('away');
          put.push(seq);
        },
        all: async function* () {},
        close: async () => {},
      },
      everyFacts: 2,
      everyMs: 0,
      head: async () => null,
      complain: (message) => said.push(message),
    });
    const saw = async (seq: number) => {
      keeper.saw({ seq, hash: '0'.repeat(64) });
      await Promise.resolve();
      await new Promise(setImmediate);
    };
    for (const seq of [2, 3, 4]) await saw(seq);
    isAway = false;
    for (const seq of [5, 6, 7]) await saw(seq);
    await keeper.stop();
    expect([put, said]).toEqual([[5, 7], ['The ledger cannot be anchored: away']]);
  });
});
