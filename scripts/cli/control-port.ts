import type { z } from 'zod';
import { failure, readConfiguration, serverAddresses } from '../../schemas/index.js';

export interface ControlQuestion<T> {
  readonly method: 'GET' | 'POST';
  /** below /control/v1 */
  readonly path: string;
  readonly answer: z.ZodType<T>;
}

/** Asks the control port of every model server that the environment names. */
export function askControlPorts<T extends object>(question: ControlQuestion<T>): Promise<(T & { address: string })[]> {
  const { addresses, token } = controlPorts();
  return Promise.all(
    addresses.map(async (address) => ({ address, ...(await askControlPort({ address, token }, question)) })),
  );
}

export async function askControlPort<T>(
  { address, token }: { readonly address: string; readonly token: string },
  { method, path, answer }: ControlQuestion<T>,
): Promise<T> {
  const response = await send(`${address.replace(/\/+$/, '')}/control/v1/${path}`, {
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

function controlPorts(): { addresses: string[]; token: string } {
  const { MODEL_SERVER_ADDRESS: addresses, MODEL_SERVER_TOKEN: token } = readConfiguration(process.env);
  if (addresses !== undefined && token !== undefined)
    return { addresses: [...new Set(serverAddresses(addresses).map(({ url }) => url))], token };
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
