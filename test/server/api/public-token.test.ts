import { describe, expect, it } from 'vitest';
import { errorCode, readConfiguration } from '../../../schemas/index.js';
import { hasBearerToken } from '../../../server/http/bearer-token.js';
import { readServerOptions } from '../../../server/server-options.js';

const environment = {
  DATABASE_URL: 'postgres://u:p@127.0.0.1:5432/mlops',
  BLOB_URL: 'file:///blobs',
  MLOPS_WORK_DIRECTORY: '/var/lib/mlops',
  MODEL_SERVER_TOKEN: 'a-control-token-of-24-ch',
};
const apiToken = 'a-token-of-callers-of-30-chars';
const anywhere = { MODEL_SERVER_HOST: '0.0.0.0' };
const development = { MLOPS_PROFILE: 'development' };
const optionsOf = (extra: Record<string, string>) => {
  const given = { ...environment, ...extra };
  return readServerOptions(readConfiguration(given), given);
};
const start = (extra: Record<string, string>) => {
  try {
    optionsOf(extra);
    return null;
  } catch (error) {
    return errorCode(error);
  }
};

describe('a model server', () => {
  it.each<[string, Record<string, string>, string | null]>([
    ['off loopback without a token refuses to start', anywhere, 'CONFIGURATION_INVALID'],
    ['off loopback with a token starts', { ...anywhere, MODEL_SERVER_API_TOKEN: apiToken }, null],
    ['on loopback starts', { MODEL_SERVER_HOST: '127.0.0.1' }, null],
    ['is open off loopback in no profile', { ...anywhere, ...development }, 'CONFIGURATION_INVALID'],
    [
      'in development off loopback with a token starts',
      { ...anywhere, ...development, MODEL_SERVER_API_TOKEN: apiToken },
      null,
    ],
    ['refuses a short token', { MODEL_SERVER_API_TOKEN: 'short' }, 'CONFIGURATION_INVALID'],
    ['refuses a token of one letter', { MODEL_SERVER_API_TOKEN: 'x'.repeat(24) }, 'CONFIGURATION_INVALID'],
    [
      'refuses one token for both ports',
      { MODEL_SERVER_API_TOKEN: environment.MODEL_SERVER_TOKEN },
      'CONFIGURATION_INVALID',
    ],
    ['without a folder refuses to start', { MLOPS_WORK_DIRECTORY: '' }, 'CONFIGURATION_INVALID'],
    ['in development may do without a folder', { MLOPS_WORK_DIRECTORY: '', ...development }, null],
    ['refuses a control port in clear text', { MODEL_SERVER_CONTROL_HOST: '0.0.0.0' }, 'CONFIGURATION_INVALID'],
    [
      'lets the control port be in clear text on a private network',
      { MODEL_SERVER_CONTROL_HOST: '0.0.0.0', MLOPS_ALLOW_CLEAR_TEXT: '1' },
      null,
    ],
    [
      'refuses a short token among those for outcomes',
      { MODEL_SERVER_OUTCOMES_TOKEN: `billing:${apiToken},crm:short` },
      'CONFIGURATION_INVALID',
    ],
    [
      'refuses a token for outcomes that is the one for asking',
      { MODEL_SERVER_API_TOKEN: apiToken, MODEL_SERVER_OUTCOMES_TOKEN: `billing:${apiToken}` },
      'CONFIGURATION_INVALID',
    ],
    [
      'refuses a token for outcomes that is the one of the control port',
      { MODEL_SERVER_OUTCOMES_TOKEN: `billing:${environment.MODEL_SERVER_TOKEN}` },
      'CONFIGURATION_INVALID',
    ],
    ['takes tokens for outcomes', { MODEL_SERVER_OUTCOMES_TOKEN: `billing:${apiToken}` }, null],
  ])('%s', (_, extra, code) => {
    expect(start(extra)).toBe(code);
  });

  it('takes its control port from the address that its environment is given', () => {
    const addresses = 'staging=http://127.0.0.1:9191,production=http://127.0.0.1:9292';
    expect(optionsOf({ MODEL_SERVER_ADDRESS: addresses }).controlPort).toBe(9292);
    expect(optionsOf({ MODEL_SERVER_ADDRESS: addresses, MLOPS_ENVIRONMENT: 'staging' }).controlPort).toBe(9191);
  });

  it.each<[string, Record<string, string>, string[] | null]>([
    ['on loopback, those of loopback', {}, ['127.0.0.1', 'localhost', '::1', '[::1]']],
    [
      'behind a proxy on the same machine, that of the proxy too',
      { MODEL_SERVER_HOST_NAMES: 'ml.example.com' },
      ['127.0.0.1', 'localhost', '::1', '[::1]', 'ml.example.com'],
    ],
    ['elsewhere, any', { ...anywhere, MODEL_SERVER_API_TOKEN: apiToken }, null],
    [
      'elsewhere, those that are named',
      { ...anywhere, MODEL_SERVER_API_TOKEN: apiToken, MODEL_SERVER_HOST_NAMES: 'a.example, b.example' },
      ['a.example', 'b.example'],
    ],
  ])('answers to names: %s', (_, extra, names) => {
    expect(optionsOf(extra).hostNames).toEqual(names);
  });
});

describe('a bearer token', () => {
  it.each([
    ['Bearer right-token', true],
    ['bearer right-token', true],
    ['Bearer wrong-token', false],
    ['Bearer right-token2', false],
    ['right-token', false],
    [undefined, false],
  ])('in "%s" is right: %s', (authorization, isRight) => {
    expect(hasBearerToken(authorization, 'right-token')).toBe(isRight);
  });
});
