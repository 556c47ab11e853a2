/** Creates the bucket that BLOB_URL names; again is harmless. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

const client = new S3Client({ forcePathStyle: true, maxAttempts: 10 });
const bucket = new URL(process.env.BLOB_URL).hostname;
try {
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
} catch (error) {
  if (!['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'].includes(error.name)) throw error;
}
