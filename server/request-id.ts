import { randomBytes } from 'node:crypto';

const accepted = /^[A-Za-z0-9_-]{1,64}$/;
const prefix = randomBytes(9).toString('base64url');
let counter = 0;

/** The client's id where it is one we can log, index and send back unquoted; else one of our own. */
export function requestIdOf(given: unknown): string {
  return typeof given === 'string' && accepted.test(given) ? given : newRequestId();
}

/** 72 random bits of this process and a counter: unique, and much cheaper than a UUID for each request. */
export function newRequestId(): string {
  return `${prefix}-${(counter++).toString(36)}`;
}
