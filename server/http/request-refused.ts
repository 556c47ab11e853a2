/**
 * A request of the public port that gets an error as its answer: `{error, code, field?}`. These codes belong to HTTP
 * and never reach a workflow, so they are not part of the error catalog.
 */
export class RequestRefused extends Error {
  readonly status: number;
  readonly code: RefusalCode;
  #field: string | undefined;
  #more: object = {};

  constructor(status: number, code: RefusalCode, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** What of the request it is about: a column, a header, a key of the body. */
  about(field: string | undefined): this {
    this.#field = field;
    return this;
  }

  /** What the answer says beside the error. */
  with(more: object): this {
    this.#more = more;
    return this;
  }

  get body(): string {
    return JSON.stringify({ error: this.message, code: this.code, field: this.#field, ...this.#more });
  }
}

export type RefusalCode =
  | 'invalid_json'
  | 'invalid_request'
  | 'invalid_shape'
  | 'invalid_value'
  | 'missing_column'
  | 'unknown_column'
  | 'too_many_rows'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'not_found'
  | 'unauthorized'
  | 'model_not_found'
  | 'version_not_found'
  | 'model_not_loaded'
  | 'wrong_host'
  | 'foreign_origin'
  | 'overloaded'
  | 'circuit_open'
  | 'draining'
  | 'deadline_exceeded'
  | 'model_output_invalid'
  | 'log_unavailable'
  | 'internal';

/** A refusal of the sender's input: 400. */
export function refuse(code: RefusalCode, message: string, field?: string): RequestRefused {
  return new RequestRefused(400, code, message).about(field);
}
