import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { elementTypes } from '../../../activities/onnx/onnx-graph.js';
import { bareManifest } from '../../../scripts/bench/bare-package.js';
import type { RequestRefused } from '../../../server/http/request-refused.js';
import { LoadedModel } from '../../../server/model/loaded-model.js';
import { ServingVersion } from '../../../server/model/serving-version.js';
import type { ProcessRoutes } from '../../../server/processes/process-messages.js';
import { ServingEndpoints } from '../../../server/serving/endpoints.js';
import { craftedModel, intAttribute } from '../../activities/onnx/crafted-model.js';

const at = { environment: 'production', model: 'm' };
const asked = (version?: string) => ({ ...at, version });
let loaded: LoadedModel;

beforeAll(async () => {
  const toFloat = intAttribute('to', elementTypes.float);
  const bytes = craftedModel([{ name: 'x', type: 'float' }], [{ name: 'y' }], [['Cast', ['x'], 'y', toFloat]]);
  const columns = [{ name: 'x', type: 'number' as const }];
  loaded = await LoadedModel.load(bytes, bareManifest({ model: 'm', columns, bytes, golden: Buffer.from('') }));
});

function versionOf(slot: number): ServingVersion {
  const version = { version: slot, modelDigest: String(slot).repeat(64), packageDigest: '9'.repeat(64) };
  return new ServingVersion(
    { slot, ...at, version },
    {
      loaded,
      example: { values: [1], answer: 1 },
      golden: { columns: [[1]], expected: [1], tolerance: 0 },
    },
  );
}

let endpoints: ServingEndpoints;
beforeEach(() => {
  endpoints = new ServingEndpoints('a secret');
  for (const slot of [1, 2]) endpoints.add(versionOf(slot));
});

const route = (more: Partial<ProcessRoutes> = {}) =>
  endpoints.route({
    ...at,
    current: 1,
    candidate: null,
    isMissing: false,
    openCircuits: [],
    restartCounters: [],
    ...more,
  });
const refusalOf = (version?: string): Pick<RequestRefused, 'status' | 'code'> | null => {
  try {
    endpoints.choose(asked(version), 'id');
    return null;
  } catch (error) {
    const { status, code } = error as RequestRefused;
    return { status, code };
  }
};

describe('a version that took processes down', () => {
  it.each([[undefined], ['1']])('is asked no more, and not ready, asked as %s', (version) => {
    route({ openCircuits: [1] });
    expect(refusalOf(version)).toEqual({ status: 503, code: 'circuit_open' });
    expect(endpoints.isReady(at.environment, at.model)).toBe(false);
  });

  it('is asked no more by a process that began without it', () => {
    endpoints.remove(1);
    route({ openCircuits: [1] });
    expect(refusalOf()).toEqual({ status: 503, code: 'circuit_open' });
    expect(endpoints.models(at.environment)).toEqual(['m']);
  });

  it('leaves the others to be asked', () => {
    route({ openCircuits: [1] });
    expect(refusalOf('2')).toBeNull();
  });
});

describe('a version that should answer and is in no memory', () => {
  it('is a server that is not ready, not a name that nobody knows', () => {
    route({ current: null, isMissing: true });
    expect(refusalOf()).toEqual({ status: 503, code: 'model_not_loaded' });
    expect(endpoints.isReady(at.environment, at.model)).toBe(false);
    expect(endpoints.models(at.environment)).toEqual(['m']);
    expect(refusalOf('7')).toEqual({ status: 404, code: 'version_not_found' });
  });

  it('is not to be found where nothing should answer', () => {
    expect(refusalOf()).toEqual({ status: 404, code: 'model_not_found' });
  });
});

describe('what is said of a version while a candidate is judged', () => {
  it('is said once by each request id, and by none that names its version', () => {
    route({ candidate: { slot: 2, share: 0.5 }, restartCounters: [2] });
    expect([1, 2].map(() => endpoints.isJudged(asked(), 'a'))).toEqual([true, false]);
    expect(endpoints.isJudged(asked('2'), 'b')).toBe(false);
    expect(endpoints.isJudged(asked(), 'b')).toBe(true);
  });

  it('is said once over all steps of a rollout, and anew in the next', () => {
    route({ candidate: { slot: 2, share: 0.1 }, restartCounters: [2] });
    expect(endpoints.isJudged(asked(), 'a')).toBe(true);
    route({ candidate: { slot: 2, share: 0.5 } });
    expect(endpoints.isJudged(asked(), 'a')).toBe(false);
    route({ candidate: { slot: 2, share: 0.5 }, restartCounters: [2, 1] });
    expect(endpoints.isJudged(asked(), 'a')).toBe(true);
  });

  it('is drawn by the secret of the server', () => {
    const other = new ServingEndpoints('another secret');
    for (const slot of [1, 2]) other.add(versionOf(slot));
    const ids = Array.from({ length: 200 }, (_, i) => `id-${i}`);
    const sides = [endpoints, other].map((one) => {
      one.route({
        ...at,
        current: 1,
        candidate: { slot: 2, share: 0.5 },
        isMissing: false,
        openCircuits: [],
        restartCounters: [],
      });
      return ids.map((id) => one.choose(asked(), id).slotted.slot);
    });
    expect(sides[0]).not.toEqual(sides[1]);
  });
});
