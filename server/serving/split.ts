import { createHmac } from 'node:crypto';

/** Whose requests are split, and what the server knows and its callers do not. */
export interface Split {
  readonly secret: string;
  /** a name of the rollout: the next one draws anew */
  readonly of: string;
}

/**
 * Whether a request goes to the candidate: drawn by its id, so that retries of one id stay on one version, and raising the
 * share only adds requests; and by a secret, so that nobody can choose an id for the side it is on.
 */
export function isCandidate({ secret, of }: Split, requestId: string, share: number): boolean {
  const drawn = createHmac('sha256', secret).update(`${of}\n${requestId}`).digest();
  return drawn.readUInt32BE(0) / 0x1_0000_0000 < share;
}
