import { describe, expect, it } from 'vitest';
import { errorCode, readConfiguration } from '../../../schemas/index.js';
import { hasBearerToken } from '../../../server/http/bearer-token.js';
import { readServerOptions } from '../../../server/server-options.js';

const environment = {
  DATABASE_URL: 'postgres://u:p@127.0.0.1:5432/mlops',
  BLOB_URL: 'file:///blobs',
  MODEL_SERVER_TOKEN: 'a-control-token-of-24-ch',
};
const start = (extra: Record<string, string>) => {
  const given = { ...environment, ...extra };
  try {
    readServerOptions(readConfiguration(given), given);
    return null;
  } catch (error) {
    return errorCode(error);
  }
};

describe('a model server', () => {
  it.each([
    [
      'in production off loopback without a token refuses to start',
      { MODEL_SERVER_HOST: '0.0.0.0' },
      'CONFIGURATION_INVALID',
    ],
    [
      'in production off loopback with a token starts',
      { MODEL_SERVER_HOST: '0.0.0.0', MODEL_SERVER_API_TOKEN: 'x'.repeat(24) },
      null,
    ],
    ['in production on loopback starts', { MODEL_SERVER_HOST: '127.0.0.1' }, null],
    ['in development starts anywhere', { MODEL_SERVER_HOST: '0.0.0.0', MLOPS_PROFILE: 'development' }, null],
    ['refuses a short token', { MODEL_SERVER_API_TOKEN: 'short' }, 'CONFIGURATION_INVALID'],
    [
      'refuses a short token among those for outcomes',
      { MODEL_SERVER_OUTCOMES_TOKEN: `billing:${'x'.repeat(24)},crm:short` },
      'CONFIGURATION_INVALID',
    ],
    [
      'refuses a token for outcomes that is the one for asking',
      { MODEL_SERVER_API_TOKEN: 'x'.repeat(24), MODEL_SERVER_OUTCOMES_TOKEN: `billing:${'x'.repeat(24)}` },
      'CONFIGURATION_INVALID',
    ],
    ['takes tokens for outcomes', { MODEL_SERVER_OUTCOMES_TOKEN: `billing:${'x'.repeat(24)}` }, null],
  ])('%s', (_, extra, code) => {
    expect(start(extra)).toBe(code);
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
