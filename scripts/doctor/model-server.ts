import { readConfiguration, serverAddresses, shownUrl } from '../../schemas/index.js';
import { LogStatus } from '../../server/supervisor/log-status.js';
import { askControlPort } from '../cli/control-port.js';
import { bad, type Check, good } from './check.js';
import { heldVersions } from './held-versions.js';
import { checkLog } from './prediction-log.js';

const start =
  'Start it with: temporal-mlops serve (or see MODEL_SERVER_PORT and MODEL_SERVER_ADDRESS in docs/operations.md)';

export async function checkModelServer(): Promise<Check[]> {
  const { MODEL_SERVER_ADDRESS: addresses, MODEL_SERVER_TOKEN: token } = readConfiguration(process.env);
  if (addresses === undefined || token === undefined) return [];
  const controls = [...new Set(serverAddresses(addresses).map(({ url }) => url))];
  return (await Promise.all(controls.map((control) => checkServer(control, token)))).flat();
}

async function checkServer(control: string, token: string): Promise<Check[]> {
  const base = publicAddress(control);
  const live = await answer(`${base}/v2/health/live`);
  if (live !== 200)
    return [bad('model server', `${base} ${inWords(live)}`, start), ...(await controlPort(control, token))];
  const ready = await answer(`${base}/v2/health/ready`);
  return [
    ready === 200
      ? good('model server', `${base}: live and ready`)
      : bad(
          'model server',
          `${base} is live but ${inWords(ready)} to "ready"`,
          'It is starting, draining or lost its serving processes: look at its log.',
        ),
    ...(await controlPort(control, token)),
    ...(await log(control, token)),
  ];
}

/** Nothing where the control port does not answer: that is told already. */
async function log(address: string, token: string): Promise<Check[]> {
  const question = { method: 'GET', path: 'log', answer: LogStatus } as const;
  const status = await askControlPort({ address, token }, question).catch(() => null);
  return status === null ? [] : checkLog(status);
}

/** The public port is beside the control port, on the same host. */
function publicAddress(control: string): string {
  const url = new URL(control);
  return `${url.protocol}//${url.hostname}:${process.env['MODEL_SERVER_PORT'] || 8080}`;
}

async function controlPort(control: string, token: string): Promise<Check[]> {
  const url = `${control.replace(/\/+$/, '')}/control/v1/endpoints`;
  const { status, body } = await ask(url, { authorization: `Bearer ${token}` });
  if (status === 200)
    return [good('control port', `${shownUrl(control)}: the token is accepted`), ...heldVersions(body)];
  const remedy = status === 401 ? 'Give workers and model server the same MODEL_SERVER_TOKEN.' : start;
  return [bad('control port', `${shownUrl(control)} ${inWords(status)}`, remedy)];
}

const answer = async (url: string) => (await ask(url)).status;

/** The HTTP status, or why there is none; and the body, where it is JSON. */
async function ask(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number | string; body?: unknown }> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) });
    return { status: response.status, body: await response.json().catch(() => null) };
  } catch (error) {
    const { cause, message } = error as Error;
    return { status: cause instanceof Error && cause.message ? cause.message : message };
  }
}

const inWords = (found: number | string) =>
  typeof found === 'number' ? `answers HTTP ${found}` : `does not answer (${found})`;
