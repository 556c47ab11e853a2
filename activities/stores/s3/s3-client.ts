import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/** A dead server is told from a slow one in seconds; Temporal tries again for as long as it takes. */
const limits = { connectionTimeout: 2_000, socketTimeout: 10_000 };

/**
 * An S3 client from the standard `AWS_*` variables. Without keys among them the SDK looks for profiles and roles; a server
 * that is not AWS is named by AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, has no bucket host names, and needs no region.
 */
export function s3Client(env: NodeJS.ProcessEnv = process.env, overrides: S3ClientConfig = {}): S3Client {
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL;
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || (endpoint && 'us-east-1');
  return new S3Client({
    ...(region ? { region } : {}),
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    ...(env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY ? { credentials: keysOf(env) } : {}),
    maxAttempts: 3,
    requestHandler: limits,
    // Bytes are checked against their digest here; two checks would only give one fault two names.
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...overrides,
  });
}

function keysOf({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN }: NodeJS.ProcessEnv) {
  return {
    accessKeyId: AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '',
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  };
}
