import type { z } from 'zod';
import { failure, readConfiguration } from '../../schemas/index.js';

export interface ControlQuestion<T> {
  readonly method: 'GET' | 'POST';
  /** below /control/v1 */
  readonly path: string;
  readonly answer: z.ZodType<T>;
}

/** Asks the control port that the environment names. */
export async function askControlPort<T>({ method, path, answer }: ControlQuestion<T>): Promise<T> {
  const { address, token } = controlPort();
  const response = await send(`${address}/control/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  });
  if (response.status === 401)
    throw failure('CONFIGURATION_INVALID', `The model server at ${address} refuses our MODEL_SERVER_TOKEN.`);
  const parsed = answer.safeParse(await response.json().catch(() => null));
  if (parsed.success) return parsed.data;
  throw failure('MODEL_SERVER_UNAVAILABLE', `The model server at ${address} answered HTTP ${response.status}.`);
}

function controlPort(): { address: string; token: string } {
  const { MODEL_SERVER_ADDRESS: address, MODEL_SERVER_TOKEN: token } = readConfiguration(process.env);
  if (address !== undefined && token !== undefined) return { address: address.replace(/\/+$/, ''), token };
  throw failure('CONFIGURATION_INVALID', 'MODEL_SERVER_ADDRESS and MODEL_SERVER_TOKEN are needed: the control port.');
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error && cause.message ? cause.message : message;
    throw failure('MODEL_SERVER_UNAVAILABLE', `The model server at ${new URL(url).origin} did not answer: ${why}`, {
      cause: error,
    });
  }
}
