import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { type Digest, errorCode } from '../../../schemas/index.js';
import { expecting, type Measured, measureBytes, measureFile } from '../../files/hashing.js';
import { blobAddress } from '../blob-address.js';
import { blobCorrupt, blobNotFound, localFileUnusable, systemCode } from '../blob-errors.js';
import type { BlobStore, StoredBlob } from '../blob-store.js';
import { downloadBlob } from '../download-blob.js';
import { isMissingObject, isStatus, s3Failure } from './s3-errors.js';

const mebibyte = 2 ** 20;
const conflictAttempts = 5;
/** S3 takes parts from 5 MiB on, and at most 10,000 of them. */
const partBytes = (sizeBytes: number) => Math.max(5 * mebibyte, Math.ceil(sizeBytes / 9_000));

export interface S3Place {
  readonly client: S3Client;
  readonly bucket: string;
  /** without slashes at its ends; empty for the bucket's root */
  readonly prefix: string;
}

/**
 * Blobs as objects of one bucket. Every write is conditional (`If-None-Match: *`) and carries a sha-256 that the server
 * checks; a large file goes up in parts and becomes an object only when the last of them is there. Parts of a writer that
 * was killed are no object, and cost storage until a lifecycle rule of the bucket aborts incomplete uploads.
 */
export function s3BlobStore(place: S3Place): BlobStore {
  const store = storeName(place);
  const guard = <A extends unknown[], R>(act: (place: S3Place, ...given: A) => Promise<R>) => {
    return (...given: A) =>
      act(place, ...given).catch((error) => {
        throw errorCode(error) ? error : s3Failure(store, error);
      });
  };
  return {
    put: guard(put),
    get: guard(get),
    download: guard(download),
    stat: guard(statObject),
    close: async () => place.client.destroy(),
  };
}

const storeName = ({ bucket, prefix }: S3Place) => `s3://${[bucket, prefix].filter(Boolean).join('/')}`;

async function put(place: S3Place, source: Uint8Array | { file: string }): Promise<StoredBlob> {
  const isBytes = source instanceof Uint8Array;
  const measured = isBytes ? measureBytes(source) : await measureLocal(source.file);
  const isSmall = isBytes && measured.sizeBytes < mebibyte;
  return (isSmall ? null : await find(place, measured)) ?? write(place, source, measured);
}

async function write(place: S3Place, source: Uint8Array | { file: string }, measured: Measured): Promise<StoredBlob> {
  for (let attempt = 1; ; attempt++) {
    try {
      await (source instanceof Uint8Array ? putBytes(place, source, measured) : putFile(place, source.file, measured));
      return described(place, measured);
    } catch (error) {
      if (!mayBeTaken(error)) throw error;
      const winner = await find(place, measured);
      if (winner) return winner;
      if (!isConflict(error) || attempt === conflictAttempts) throw error;
      await sleep(100 * attempt);
    }
  }
}

/** 412: the name is taken. 409: another writer is finishing at this moment, which is worth a moment of patience. */
const isConflict = (error: unknown) => isStatus(error, 409, 412);

/** A server may refuse a taken name before it has read the body, and hang up: then the refusal itself gets lost. */
const mayBeTaken = (error: unknown) => isConflict(error) || ['ECONNRESET', 'EPIPE'].includes(systemCode(error));

async function putBytes(place: S3Place, bytes: Uint8Array, { digest }: Measured): Promise<void> {
  const sha256 = Buffer.from(digest, 'hex').toString('base64');
  const conditional = { ...keyOf(place, digest), IfNoneMatch: '*', ChecksumSHA256: sha256 };
  await place.client.send(new PutObjectCommand({ ...conditional, Body: bytes }));
}

/** Measured again on its way: a file that changed meanwhile must not be stored under the digest it had. */
async function putFile(place: S3Place, file: string, measured: Measured): Promise<void> {
  const changed = () => localFileUnusable(file, new Error('it changed while it was being stored'));
  const body = pipeline(createReadStream(file), expecting(measured, changed), () => {});
  const upload = new Upload({
    client: place.client,
    queueSize: 2,
    partSize: partBytes(measured.sizeBytes),
    params: { ...keyOf(place, measured.digest), Body: body, IfNoneMatch: '*', ChecksumAlgorithm: 'SHA256' },
  });
  await upload.done().finally(() => body.destroy());
}

async function get(place: S3Place, digest: Digest): Promise<Buffer> {
  const { body } = await openObject(place, digest);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  check(place, digest, measureBytes(bytes));
  return bytes;
}

async function download(place: S3Place, digest: Digest, file: string): Promise<void> {
  const { body, sizeBytes } = await openObject(place, digest);
  const storeFailure = (error: unknown) => s3Failure(storeName(place), error);
  const checked = (measured: Measured) => {
    if (measured.sizeBytes < sizeBytes)
      throw storeFailure(new Error(`the download ended after ${measured.sizeBytes} bytes`));
    check(place, digest, measured);
  };
  await downloadBlob({ bytes: body, file, check: checked, storeFailure });
}

/** A missing object answers like a missing bucket here, so the bucket is asked for. */
async function statObject(place: S3Place, digest: Digest): Promise<StoredBlob | null> {
  try {
    const { ContentLength = 0 } = await place.client.send(new HeadObjectCommand(keyOf(place, digest)));
    return described(place, { digest, sizeBytes: ContentLength });
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
    await requireBucket(place);
    return null;
  }
}

async function requireBucket({ client, bucket }: S3Place): Promise<void> {
  await client.send(new HeadBucketCommand({ Bucket: bucket })).catch((error) => {
    throw isStatus(error, 404) ? Object.assign(new Error('no such bucket'), { name: 'NoSuchBucket' }) : error;
  });
}

async function openObject(place: S3Place, digest: Digest): Promise<{ body: Readable; sizeBytes: number }> {
  try {
    const answer = await place.client.send(new GetObjectCommand(keyOf(place, digest)));
    // In Node the body is always a Readable; the SDK's type also names what browsers give.
    return { body: answer.Body as Readable, sizeBytes: answer.ContentLength ?? 0 };
  } catch (error) {
    if (isMissingObject(error)) throw blobNotFound(digest, described(place, { digest, sizeBytes: 0 }).uri, error);
    throw error;
  }
}

async function find(place: S3Place, { digest, sizeBytes }: Measured): Promise<StoredBlob | null> {
  const blob = await statObject(place, digest);
  if (blob && blob.sizeBytes !== sizeBytes) throw blobCorrupt(digest, blob.uri, `${blob.sizeBytes} bytes`);
  return blob;
}

function check(place: S3Place, digest: Digest, found: Measured): void {
  if (found.digest !== digest) throw blobCorrupt(digest, described(place, { ...found, digest }).uri, found.digest);
}

async function measureLocal(file: string): Promise<Measured> {
  return measureFile(file).catch((error) => {
    throw localFileUnusable(file, error);
  });
}

function keyOf({ bucket, prefix }: S3Place, digest: Digest): { Bucket: string; Key: string } {
  return { Bucket: bucket, Key: prefix ? `${prefix}/${blobAddress(digest)}` : blobAddress(digest) };
}

function described(place: S3Place, { digest, sizeBytes }: Measured): StoredBlob {
  const { Bucket, Key } = keyOf(place, digest);
  return { digest, sizeBytes, uri: `s3://${Bucket}/${Key}` };
}
