import type { FastifyReply, FastifyRequest } from 'fastify';
import { givenRequestId, newPredictionId } from '../http/request-id.js';
import { RequestRefused } from '../http/request-refused.js';
import type { Asked, RequestFormat } from '../model/request-format.js';
import type { RequestRows } from '../model/request-rows.js';
import type { ServingVersion } from '../model/serving-version.js';
import { word } from '../processes/liveness.js';
import { count } from '../processes/traffic.js';
import type { ServingEndpoints } from './endpoints.js';

export interface InferenceOptions {
  readonly endpoints: ServingEndpoints;
  /** whether the lines are on disk, when that is known */
  readonly log: (environment: string, lines: string, rows: number) => Promise<boolean>;
  readonly answerAfterCommit: boolean;
  readonly shared: Int32Array;
  readonly maxInFlight: number;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
  /** null where none was made */
  readonly predictionId: string | null;
  /** null where none was chosen */
  readonly version: ServingVersion | null;
}

const defaultTimeoutMs = 1000;
/** A caller who has less patience must hang up: the server's queue is not his to fail. */
const shortestTimeoutMs = 10;
const longestTimeoutMs = 60_000;
const smallRows = 100;

/** The hot path: read, choose, score, log, answer. Written to the raw response, with nothing between. */
export class Inference {
  readonly #options: InferenceOptions;
  #inFlight = 0;
  #large: Promise<unknown> = Promise.resolve();
  isDraining = false;
  /** nothing new is answered: the log is about to be closed */
  isEnding = false;
  /** nothing at all is answered: the log is closed */
  isClosed = false;

  constructor(options: InferenceOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  async answer(reply: FastifyReply, asked: Asked, format: RequestFormat): Promise<void> {
    const began = performance.now();
    const { request } = reply;
    const now = new Date();
    const predictionId = newPredictionId(now.getTime());
    let requestId = predictionId;
    let version: ServingVersion | null = null;
    let rows = 0;
    let status = 200;
    reply.hijack();
    this.#inFlight++;
    try {
      if (this.isEnding) throw ending();
      requestId = requestNameOf(request) ?? predictionId;
      version = this.#options.endpoints.choose(asked, requestId);
      version.inFlight++;
      if (this.#inFlight > this.#options.maxInFlight) throw overloaded();
      const input = format.read(request.body, version.reader);
      rows = input.rows;
      const outputs = await this.#score(version, input, began + timeoutOf(request));
      const answered = { version, requestId, predictionId, at: now.toISOString(), input, outputs };
      if (this.isClosed) throw ending();
      const saved = this.#options.log(asked.environment, version.logLines(answered), rows);
      if (this.#options.answerAfterCommit && !(await saved)) throw notSaved();
      const body = format.write(answered);
      this.#send(reply, { status, body, requestId, predictionId, version });
    } catch (error) {
      const refusal = error instanceof RequestRefused ? error : unexpected(error);
      status = refusal.status;
      this.#send(reply, { status, body: refusal.body, requestId, predictionId: null, version });
    }
    this.#inFlight--;
    if (version === null) return;
    version.inFlight--;
    const isJudged = this.#options.endpoints.isJudged(asked, requestId);
    count(version.traffic, { status, rows, milliseconds: performance.now() - began, isJudged });
  }

  /** Inference blocks the event loop, so large requests wait for their turn, and those that waited too long are dropped. */
  #score(version: ServingVersion, input: RequestRows, deadline: number): Promise<Float32Array | Float64Array> {
    if (input.rows <= smallRows) return this.#run(version, input);
    const turn = this.#large.then(() => {
      if (performance.now() <= deadline) return this.#run(version, input);
      throw new RequestRefused(504, 'deadline_exceeded', 'The server is busy; the request was not answered in time.');
    });
    this.#large = turn.catch(() => {});
    return turn;
  }

  async #run(version: ServingVersion, input: RequestRows): Promise<Float32Array | Float64Array> {
    const { shared } = this.#options;
    setImmediate(markRunning, shared, version.slotted.slot);
    try {
      const outputs = await version.loaded.score(input.columns, input.rows);
      for (let i = 0; i < outputs.length; i++) if (!Number.isFinite(outputs[i])) throw invalidOutput(i);
      return outputs;
    } finally {
      shared[word.runningSlot] = 0;
    }
  }

  #send(reply: FastifyReply, { status, body, requestId, predictionId, version }: Answer): void {
    const headers = [
      'content-type',
      'application/json',
      'content-length',
      String(Buffer.byteLength(body)),
      'x-request-id',
      requestId,
    ];
    if (predictionId !== null) headers.push('x-prediction-id', predictionId);
    if (version !== null) headers.push(...version.headers);
    if (status === 503) headers.push('retry-after', '1');
    if (this.isDraining || this.isEnding) headers.push('connection', 'close');
    reply.raw.writeHead(status, headers);
    reply.raw.end(body);
  }
}

/** ONNX Runtime runs in an immediate of its own, queued right behind this one: the mark says whose run it is. */
function markRunning(shared: Int32Array, slot: number): void {
  shared[word.runningSlot] = shared[word.lastSlot] = slot;
}

/** The id of an Open Inference body is the client's own and wins over the header, which any proxy may set. */
function requestNameOf({ body, headers }: FastifyRequest): string | null {
  const inBody = givenRequestId((body as { id?: unknown } | null | undefined)?.id, 'id');
  return inBody ?? givenRequestId(headers['x-request-id'], 'x-request-id');
}

function timeoutOf(request: FastifyRequest): number {
  const asked = Number(request.headers['x-request-timeout-ms'] ?? defaultTimeoutMs);
  return asked > 0 ? Math.min(Math.max(asked, shortestTimeoutMs), longestTimeoutMs) : defaultTimeoutMs;
}

function overloaded(): RequestRefused {
  return new RequestRefused(503, 'overloaded', 'Too many requests at once. Try again in a second.');
}

function ending(): RequestRefused {
  return new RequestRefused(503, 'draining', 'This process is ending. Try again: another one answers.');
}

function notSaved(): RequestRefused {
  return new RequestRefused(503, 'log_unavailable', 'The answer could not be logged, and is given only when it is.');
}

function invalidOutput(row: number): RequestRefused {
  return new RequestRefused(500, 'model_output_invalid', `The model gave no finite number for row ${row}.`);
}

function unexpected(error: unknown): RequestRefused {
  console.error(error);
  return new RequestRefused(500, 'internal', 'The model could not answer.');
}
