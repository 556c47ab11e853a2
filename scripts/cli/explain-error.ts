import { type ErrorCode, errorCode } from '../../schemas/index.js';

/** What a person is told of an error: its catalog code, if it has one, and the message that comes with it. */
export function explain(error: unknown): { code: ErrorCode | null; message: string } {
  const code = errorCode(error);
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const isTold = code === null ? !(e.cause instanceof Error) : (e as { type?: unknown }).type === code;
    if (isTold) return { code, message: firstWords(e) };
  }
  return { code, message: String(error) };
}

/** Temporal's own errors begin like this: "5 NOT_FOUND: Namespace nope is not found." */
const grpcStatus = /^\d{1,2} [A-Z_]+: /;

/** An AggregateError (a host with two addresses that refuse) has its words one level down. */
function firstWords(error: Error): string {
  if (error.message !== '') return error.message.replace(grpcStatus, '');
  const first: unknown = error instanceof AggregateError ? error.errors[0] : null;
  return first instanceof Error ? firstWords(first) : error.name;
}
