import { S3ServiceException } from '@aws-sdk/client-s3';
import type { ApplicationFailure } from '@temporalio/common';
import { failure } from '../../../schemas/index.js';
import { blobStoreUnavailable } from '../blob-errors.js';

const cures: Record<string, string> = {
  NoSuchBucket: 'the bucket does not exist. Create it; the store creates nothing',
  AccessDenied: 'the credentials may not do this. Allow s3:GetObject, s3:PutObject and s3:ListBucket on the bucket',
  Forbidden: 'the credentials are wrong or may not do this. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  InvalidAccessKeyId: 'the access key is not known there. Check AWS_ACCESS_KEY_ID',
  SignatureDoesNotMatch: 'the secret key is wrong. Check AWS_SECRET_ACCESS_KEY',
  PermanentRedirect: 'the bucket lies in another region. Set AWS_REGION',
  CredentialsProviderError: 'there are no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
};

/** What trying again cannot mend is a matter of configuration; everything else may pass. */
export function s3Failure(store: string, error: unknown): ApplicationFailure {
  const name = error instanceof Error ? error.name : '';
  const missingRegion = error instanceof Error && error.message === 'Region is missing';
  const cure = missingRegion ? 'no region is set. Set AWS_REGION' : cures[name];
  if (cure === undefined) return blobStoreUnavailable(store, error);
  return failure('CONFIGURATION_INVALID', `The blob store ${store} cannot be used: ${cure}.`, {
    store,
    name,
    cause: error,
  });
}

export function isStatus(error: unknown, ...statuses: number[]): boolean {
  return error instanceof S3ServiceException && statuses.includes(error.$metadata.httpStatusCode ?? 0);
}

/** GET says which is missing, the object or the bucket. */
export function isMissingObject(error: unknown): boolean {
  return isStatus(error, 404) && (error as S3ServiceException).name !== 'NoSuchBucket';
}
