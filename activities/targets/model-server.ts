import { z } from 'zod';
import {
  type EndpointName,
  EndpointStatus,
  type ErrorCode,
  errorCatalog,
  failure,
  secretPartOf,
  shownUrl,
} from '../../schemas/index.js';
import type { Target } from './target.js';

export interface ModelServerTargetOptions {
  /** of the control port: `http://127.0.0.1:9090` */
  readonly address: string;
  readonly token: string;
}

/** Loading fetches and tries out a model; everything else is a matter of milliseconds. */
const timeoutMs = { load: 60_000, routes: 60_000, rollback: 5000, status: 5000 };

/** Our own model server, by its control port. */
export function createModelServerTarget(options: ModelServerTargetOptions): Target {
  refuseSecretIn(options.address);
  const send = (endpoint: EndpointName, request: ControlRequest) => exchangeStatus(options, endpoint, request);
  return {
    load: (endpoint, body) => send(endpoint, { method: 'POST', path: '/load', timeoutMs: timeoutMs.load, body }),
    setRoutes: (endpoint, body) =>
      send(endpoint, { method: 'PUT', path: '/routes', timeoutMs: timeoutMs.routes, body }),
    rollback: (endpoint, body) =>
      send(endpoint, { method: 'POST', path: '/rollback', timeoutMs: timeoutMs.rollback, body }),
    status: (endpoint) => send(endpoint, { method: 'GET', path: '', timeoutMs: timeoutMs.status }),
  };
}

/** Whoever asks writes the address into messages, and `fetch` into those of its errors. */
function refuseSecretIn(address: string): void {
  const part = secretPartOf(address);
  if (part === null) return;
  const message = `MODEL_SERVER_ADDRESS must be like http://127.0.0.1:9090, without ${part}; its token is MODEL_SERVER_TOKEN.`;
  throw failure('CONFIGURATION_INVALID', message);
}

interface ControlRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly timeoutMs: number;
  readonly body?: unknown;
}

async function exchangeStatus(
  { address, token }: ModelServerTargetOptions,
  { environment, model }: EndpointName,
  { method, path, timeoutMs, body }: ControlRequest,
): Promise<EndpointStatus> {
  const name = `${encodeURIComponent(environment)}/${encodeURIComponent(model)}`;
  const { status, text } = await exchange(`${address.replace(/\/+$/, '')}/control/v1/endpoints/${name}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
  });
  const reply = json(text);
  if (status === 200) return understood(EndpointStatus, reply, address);
  throw refusal(status, reply, address);
}

async function exchange(url: string, init: RequestInit): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, init);
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const why = ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message;
    const message = `The model server at ${shownUrl(url)} did not answer: ${why}`;
    throw failure('MODEL_SERVER_UNAVAILABLE', message, { cause: error });
  }
}

const Refusal = z.object({
  error: z.string(),
  code: z.string().refine((code): code is ErrorCode => code in errorCatalog),
  details: z.record(z.string(), z.unknown()).default({}),
});

function refusal(status: number, reply: unknown, address: string) {
  const parsed = Refusal.safeParse(reply);
  if (parsed.success) return failure(parsed.data.code as ErrorCode, parsed.data.error, parsed.data.details);
  if (status === 401)
    return failure('CONFIGURATION_INVALID', `The model server at ${shownUrl(address)} refuses our MODEL_SERVER_TOKEN.`);
  if (status === 403)
    return failure(
      'CONFIGURATION_INVALID',
      `The model server at ${shownUrl(address)} refuses us by that name: ${said(reply)}`,
    );
  return failure('MODEL_SERVER_UNAVAILABLE', `The model server at ${shownUrl(address)} answered HTTP ${status}.`, {
    status,
  });
}

function said(reply: unknown): string {
  return z.object({ error: z.string() }).safeParse(reply).data?.error ?? 'HTTP 403.';
}

function understood<T>(schema: z.ZodType<T>, reply: unknown, address: string): T {
  const parsed = schema.safeParse(reply);
  if (parsed.success) return parsed.data;
  throw failure('MODEL_SERVER_UNAVAILABLE', `${shownUrl(address)} does not answer like a model server.`, {
    cause: parsed.error,
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
