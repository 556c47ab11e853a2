import { describe, expect, it } from 'vitest';
import { errorCode, type ServedVersion, type SetRoutes } from '../../schemas/index.js';
import {
  checkLoad,
  checkRoutes,
  type EndpointRecord,
  newEndpoint,
  rolledBack,
  versionsToKeep,
  withLoaded,
  withRoutes,
} from '../../server/endpoint-record.js';

const version = (n: number): ServedVersion => ({
  version: n,
  modelDigest: String(n).repeat(64),
  packageDigest: String(n + 4).repeat(64),
});
const [v1, v2, v3] = [version(1), version(2), version(3)] as [ServedVersion, ServedVersion, ServedVersion];
const routes = (generation: number, step: number, to: Partial<SetRoutes['routes']>): SetRoutes => ({
  fence: { generation, step },
  routes: { current: null, canary: null, previous: null, ...to },
  reason: 'test',
});
const load = (generation: number, step: number, of: ServedVersion) => ({ fence: { generation, step }, version: of });
const codeOf = (work: () => unknown) => {
  try {
    work();
    return null;
  } catch (error) {
    return errorCode(error);
  }
};

const loaded = [v1, v2, v3].reduce<EndpointRecord>(
  (record, v) => withLoaded(record, load(1, 0, v)),
  newEndpoint('m', 'production'),
);
const serving = withRoutes(loaded, routes(2, 1, { current: v2, previous: v1 }));

describe('the fence of an endpoint', () => {
  it.each([
    ['an older generation', routes(1, 9, { current: v1 }), 'STALE_GENERATION'],
    ['an older step', routes(2, 0, { current: v1 }), 'STALE_GENERATION'],
    ['another command under the same fence', routes(2, 1, { current: v1 }), 'STALE_GENERATION'],
    ['the same command again', routes(2, 1, { current: v2, previous: v1 }), null],
    ['a newer step', routes(2, 2, { current: v1 }), null],
    ['a newer generation', routes(3, 0, { current: v1 }), null],
  ])('meets %s', (_, command, code) => {
    expect(codeOf(() => checkRoutes(serving, command))).toBe(code);
  });

  it('says that the same command again has nothing to change', () => {
    expect(checkRoutes(serving, routes(2, 1, { current: v2, previous: v1 }))).toBe(false);
    expect(checkRoutes(serving, routes(2, 2, { current: v2 }))).toBe(true);
  });

  it('lets loads share a fence with each other and with the routes that follow', () => {
    const record = withLoaded(serving, load(3, 0, v3));
    expect(codeOf(() => checkLoad(record, load(3, 0, v1)))).toBeNull();
    expect(checkRoutes(record, routes(3, 0, { current: v3 }))).toBe(true);
    expect(codeOf(() => checkRoutes(record, routes(2, 5, { current: v1 })))).toBe('STALE_GENERATION');
    expect(codeOf(() => checkLoad(record, load(3, 1, { ...v1, modelDigest: v2.modelDigest })))).toBe(
      'DEPLOYMENT_CHECK_FAILED',
    );
  });

  it('is one generation further after a rollback, so that the command that was rolled back stays refused', () => {
    const after = rolledBack(serving, { by: 'ana', reason: 'r' }) as EndpointRecord;
    expect(after.fence).toEqual({ generation: 3, step: 0 });
    expect(codeOf(() => checkRoutes(after, routes(2, 1, { current: v2, previous: v1 })))).toBe('STALE_GENERATION');
    expect(codeOf(() => checkRoutes(after, routes(3, 0, { current: v2 })))).toBe('STALE_GENERATION');
    expect(checkRoutes(after, routes(3, 1, { current: v2 }))).toBe(true);
  });
});

describe('a rollback', () => {
  const command = { by: 'ana', reason: 'late answers' };

  it('returns to the previous version and does not keep the one it left', () => {
    expect(rolledBack(serving, command)?.routes).toEqual({ current: v1, canary: null, previous: null });
  });

  it('leaves the canary first', () => {
    const canary = withRoutes(serving, routes(3, 1, { current: v2, canary: { ...v3, share: 0.1 }, previous: v1 }));
    expect(rolledBack(canary, command)?.routes).toEqual({ current: v2, canary: null, previous: v1 });
  });

  it('does nothing a second time, unless it names a version', () => {
    const once = rolledBack(serving, command) as EndpointRecord;
    expect(rolledBack(once, command)).toBeNull();
    expect(rolledBack(once, { ...command, toVersion: 1 })).toBeNull();
    expect(rolledBack(once, { ...command, toVersion: 3 })?.routes.current).toEqual(v3);
  });

  it('is carried out once by its id, also where it comes again after the next deployment', () => {
    const identified = { ...command, requestId: 'a' };
    const once = rolledBack(serving, identified) as EndpointRecord;
    const deployed = withRoutes(once, routes(4, 1, { current: v3, previous: v1 }));
    expect(rolledBack(deployed, identified)).toBeNull();
    expect(rolledBack(deployed, { ...command, requestId: 'b' })?.routes.current).toEqual(v1);
  });

  it('has nothing left to leave after routes that were a rollback themselves', () => {
    const returned = { ...routes(3, 0, { current: v1, previous: v2 }), isRollback: true };
    expect(rolledBack(withRoutes(serving, returned), command)).toBeNull();
  });

  it('says when there is nothing to return to', () => {
    const first = withRoutes(loaded, routes(2, 1, { current: v1 }));
    expect(codeOf(() => rolledBack(first, command))).toBe('NOTHING_TO_ROLL_BACK');
    expect(codeOf(() => rolledBack(first, { ...command, toVersion: 9 }))).toBe('NOTHING_TO_ROLL_BACK');
  });
});

it('keeps what is routed and what was loaded last in memory, and few others', () => {
  const many = [4, 5, 6, 7].reduce((record, n) => withLoaded(record, load(3, 0, version(n))), serving);
  expect(versionsToKeep(many).map((v) => v.version)).toEqual([1, 2, 6, 7]);
});
