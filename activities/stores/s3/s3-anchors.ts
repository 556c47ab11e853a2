import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { type ChainMark, errorCode } from '../../../schemas/index.js';
import { type Anchors, anchorFolder, anchorName, anchorOf, anchorText } from '../anchors.js';
import type { S3Place } from './s3-blob-store.js';
import { isStatus, s3Failure } from './s3-errors.js';

/** Anchors as objects beside the blobs of one prefix. A rule of the bucket (object lock) can keep them from everybody. */
export function s3Anchors(place: S3Place, ledger: string): Anchors {
  const folder = [place.prefix, anchorFolder(ledger)].filter(Boolean).join('/');
  const failed = (error: unknown) => (errorCode(error) ? error : s3Failure(`s3://${place.bucket}/${folder}`, error));
  return {
    put: async (mark) => {
      await put(place, `${folder}/${anchorName(mark)}`, anchorText(ledger, mark)).catch((error: unknown) => {
        throw failed(error);
      });
    },
    all: async function* () {
      try {
        yield* marksIn(place, `${folder}/`);
      } catch (error) {
        throw failed(error);
      }
    },
    close: async () => place.client.destroy(),
  };
}

/** 412: it is there. 409: somebody else is putting it there at this moment; it says the same. */
async function put({ client, bucket }: S3Place, key: string, text: string): Promise<void> {
  const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, IfNoneMatch: '*' });
  await client.send(command).catch((error: unknown) => {
    if (!isStatus(error, 409, 412)) throw error;
  });
}

/** S3 lists in the order of the names. */
async function* marksIn({ client, bucket }: S3Place, prefix: string): AsyncIterable<ChainMark> {
  for (let after: string | undefined; ; ) {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, StartAfter: after }));
    for (const { Key = '' } of page.Contents ?? []) {
      const mark = anchorOf(Key.slice(prefix.length));
      if (mark) yield mark;
    }
    after = page.Contents?.at(-1)?.Key;
    if (!page.IsTruncated || after === undefined) return;
  }
}
