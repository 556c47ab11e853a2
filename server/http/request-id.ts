import { randomUUID } from 'node:crypto';

const accepted = /^[A-Za-z0-9_-]{1,64}$/;

/** The client's id where it is one we can log, index and send back unquoted; else one of our own. */
export function requestIdOf(given: unknown): string {
  return typeof given === 'string' && accepted.test(given) ? given : newRequestId();
}

/** Not to be guessed: who knows an id may tell what became of that prediction. */
export function newRequestId(): string {
  return randomUUID();
}
