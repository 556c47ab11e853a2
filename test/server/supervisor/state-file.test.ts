import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorCode, type ServedVersion, type SetRoutes } from '../../../schemas/index.js';
import { newEndpoint, withLoaded, withRoutes } from '../../../server/supervisor/endpoint-record.js';
import { rolledBack } from '../../../server/supervisor/record-rollback.js';
import { StateFile } from '../../../server/supervisor/state-file.js';

const [v1, v2] = [1, 2].map((n) => ({
  version: n,
  modelDigest: String(n).repeat(64),
  packageDigest: String(n + 4).repeat(64),
})) as [ServedVersion, ServedVersion];
const fence = { generation: 7, step: 1 };
const command: SetRoutes = { fence, routes: { current: v2, candidate: null, previous: v1 }, reason: 'test' };
const loaded = [v1, v2].reduce((r, version) => withLoaded(r, { fence, version }), newEndpoint('m', 'production'));
const serving = withRoutes(loaded, command);
const rolled = rolledBack(withRoutes({ ...loaded, environment: 'staging' }, command), { by: 'ana', reason: 'r' });
const records = [serving, rolled].filter((record) => record !== null);

describe('the state file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'state-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const file = () => join(folder, 'state.json');
  const written = async () => {
    await new StateFile(folder).write(records);
    return JSON.parse(readFileSync(file(), 'utf8')) as Record<string, unknown>;
  };
  const read = (state: unknown) => {
    writeFileSync(file(), typeof state === 'string' ? state : JSON.stringify(state));
    return new StateFile(folder).read();
  };

  it('gives back what was written, and nothing where there is none', async () => {
    expect(new StateFile(folder).read()).toEqual([]);
    expect(await written()).toMatchObject({ format: 'model-server-state', version: 1 });
    expect(new StateFile(folder).read()).toEqual(records);
  });

  it('is brought up to this version from one that had none', async () => {
    const { endpoints } = await written();
    expect(read({ format: 'model-server-state/1', endpoints })).toEqual(records);
  });

  it('of a newer server is read without what is not known here, however deep', async () => {
    const state = await written();
    const [first, second] = records.map((record) => JSON.parse(JSON.stringify({ ...record, color: 'blue' })));
    first.lastChange.command.why = { deep: true };
    first.routes.current.size = 3;
    second.fence.epoch = 9;
    second.loaded[1].region = 'eu';
    expect(read({ ...state, version: 2, written: 'tomorrow', endpoints: [first, second] })).toEqual(records);
  });

  it.each<[string, (state: Record<string, unknown>) => unknown, string]>([
    ['no JSON', () => '{"format":', 'JSON'],
    ['nothing', () => '', 'JSON'],
    ['a list', () => [], 'expected'],
    ['a generation where numbers end', (s) => withFence(s, 9_007_199_254_741_092), 'endpoints[0].fence.generation'],
    ['a generation that is none', (s) => withFence(s, -1), 'endpoints[0].fence.generation'],
    ['an endpoint twice', (s) => ({ ...s, endpoints: [serving, serving] }), 'endpoints: must be different'],
    ['a version that is text', (s) => ({ ...s, version: '1' }), 'expected number'],
    [
      'a change of an unknown kind',
      (s) => ({ ...s, endpoints: [{ ...serving, lastChange: { by: 'x' } }] }),
      'lastChange',
    ],
  ])('with %s is refused, with the way out', async (_, change, why) => {
    const state = await written();
    const attempt = () => read(change(state));
    expect(attempt).toThrow(why);
    expect(attempt).toThrow(/state\.json cannot be used: .*move it away: the server then starts empty/);
    expect(codeOf(attempt)).toBe('CONFIGURATION_INVALID');
  });
});

function withFence(state: Record<string, unknown>, generation: number) {
  return { ...state, endpoints: [{ ...serving, fence: { generation, step: 0 } }] };
}

function codeOf(work: () => unknown) {
  try {
    work();
    return null;
  } catch (error) {
    return errorCode(error);
  }
}
