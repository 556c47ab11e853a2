import { describe, expect, it } from 'vitest';
import {
  errorCode,
  Fence,
  isNewer,
  largestGeneration,
  type ServedVersion,
  type SetRoutes,
} from '../../../schemas/index.js';
import {
  EndpointRecord,
  newEndpoint,
  versionsToKeep,
  withLoaded,
  withRoutes,
} from '../../../server/supervisor/endpoint-record.js';
import { checkLoad, checkRoutes } from '../../../server/supervisor/record-fence.js';
import { lastChangeOf, rolledBack, withoutBroken } from '../../../server/supervisor/record-rollback.js';

const version = (n: number): ServedVersion => ({
  version: n,
  modelDigest: String(n).repeat(64),
  packageDigest: String(n + 4).repeat(64),
});
const [v1, v2, v3] = [version(1), version(2), version(3)] as [ServedVersion, ServedVersion, ServedVersion];
const routes = (generation: number, step: number, to: Partial<SetRoutes['routes']>): SetRoutes => ({
  fence: { generation, step },
  routes: { current: null, candidate: null, previous: null, ...to },
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
});

describe('a generation far ahead', () => {
  const fresh = newEndpoint('m', 'production');

  it.each([
    ['the furthest that is taken', serving, 10_002, null],
    ['a leap', serving, 10_003, 'InvalidInput'],
    ['a leap to where numbers end', serving, Number.MAX_SAFE_INTEGER, 'InvalidInput'],
    ['the generation of an older owner, by a server that has nothing', fresh, 2 ** 32, null],
    ['more than any owner can have reached, by a server that has nothing', fresh, 2 ** 32 + 1, 'InvalidInput'],
  ])('is met for routes and loads alike: %s', (_, record, generation, code) => {
    expect(codeOf(() => checkRoutes(record, routes(generation, 0, { current: v1 })))).toBe(code);
    expect(codeOf(() => checkLoad(record, load(generation, 0, v1)))).toBe(code);
  });

  it('never comes of break-glass rollbacks: what they leave can be read, and counted on from', () => {
    const last = { ...serving, fence: { generation: largestGeneration - 5, step: 0 } };
    const after = rolledBack(last, { by: 'ana', reason: 'r' }) as EndpointRecord;
    expect(after.fence).toEqual({ generation: largestGeneration, step: 0 });
    expect(EndpointRecord.parse(after)).toEqual(after);
    const again = rolledBack(after, { by: 'ana', reason: 'r', toVersion: 3 }) as EndpointRecord;
    expect(Fence.safeParse(again.fence).success).toBe(true);
    expect(codeOf(() => checkRoutes(again, routes(largestGeneration, 0, { current: v1 })))).toBe('STALE_GENERATION');
    expect(checkRoutes(again, routes(largestGeneration, 0, again.routes))).toBe(false);
  });
});

describe('a break-glass rollback at the server, of which the owner of the endpoint has not heard', () => {
  const after = rolledBack(serving, { by: 'ana', reason: 'r' }) as EndpointRecord;
  const { generation } = after.fence as { generation: number };
  const standing = { current: v1 };

  it.each([
    ['what was rolled back, again', routes(2, 1, { current: v2, previous: v1 }), 'STALE_GENERATION'],
    [
      'the candidate of a rollout granted meanwhile',
      routes(3, 1, { current: v2, candidate: { ...v3, share: 0.1 } }),
      'STALE_GENERATION',
    ],
    ['that rollout given back', routes(4, 0, { current: v2, previous: v1 }), 'STALE_GENERATION'],
    ['other routes of the same generation', routes(generation, 0, { current: v2 }), 'STALE_GENERATION'],
    ['a later step of the same generation', routes(generation, 1, standing), 'STALE_GENERATION'],
    ['the routes that stand, adopted and pushed again', routes(generation, 0, standing), null],
    ['the generation after it', routes(generation + 1, 0, { current: v2 }), null],
  ])('meets routes: %s', (_, command, code) => {
    expect(codeOf(() => checkRoutes(after, command))).toBe(code);
  });

  it.each([
    ['a version granted meanwhile', load(3, 0, v3), 'STALE_GENERATION'],
    ['another version of the same generation', load(generation, 0, v3), 'STALE_GENERATION'],
    ['a version that stands, at a later step', load(generation, 1, v1), 'STALE_GENERATION'],
    ['a version that stands, lost from memory', load(generation, 0, v1), null],
    ['a version of the generation after it', load(generation + 1, 0, v3), null],
  ])('meets loading %s', (_, command, code) => {
    expect(codeOf(() => checkLoad({ ...after, loaded: [] }, command))).toBe(code);
  });

  it('takes the routes that stand as nothing to change, also when their version was loaded again', () => {
    const again = withLoaded({ ...after, loaded: [] }, load(generation, 0, v1));
    expect(checkRoutes(again, routes(generation, 0, standing))).toBe(false);
    expect(codeOf(() => checkRoutes(again, routes(generation, 1, { current: v2 })))).toBe('STALE_GENERATION');
  });

  it('is still remembered by a server that was restarted', () => {
    const read = EndpointRecord.parse(JSON.parse(JSON.stringify(after)));
    expect(codeOf(() => checkLoad(read, load(generation, 0, v3)))).toBe('STALE_GENERATION');
    expect(checkRoutes(read, routes(generation, 0, standing))).toBe(false);
  });

  it('gives way to the next generation, whose steps follow each other as ever', () => {
    const granted = withLoaded(after, load(generation + 1, 0, v3));
    const candidate = withRoutes(granted, routes(generation + 1, 1, { current: v1, candidate: { ...v3, share: 0.1 } }));
    expect(checkRoutes(candidate, routes(generation + 1, 2, { current: v3, previous: v1 }))).toBe(true);
  });

  it('is no different for routes that the owner itself rolled back', () => {
    const own = withRoutes(serving, { ...routes(3, 0, { current: v1 }), isRollback: true });
    expect(checkRoutes(own, routes(3, 1, { current: v2 }))).toBe(true);
    expect(codeOf(() => checkLoad(own, load(3, 0, v3)))).toBeNull();
  });
});

describe('the order of fences', () => {
  const fence = (generation: number, step: number, by?: 'owner' | 'breakGlass') => ({
    generation,
    step,
    ...(by && { by }),
  });

  it.each([
    ['a newer generation, whoever took the older', fence(3, 0), fence(2, 9, 'breakGlass'), true],
    ['a newer step', fence(2, 2), fence(2, 1, 'owner'), true],
    ['break-glass above every step of the owner', fence(2, 0, 'breakGlass'), fence(2, 9), true],
    ['the owner below break-glass of its generation', fence(2, 9), fence(2, 0, 'breakGlass'), false],
    ['neither of two equal ones', fence(2, 1), fence(2, 1, 'owner'), false],
  ])('puts first: %s', (_, a, b, isFirst) => {
    expect(isNewer(a, b)).toBe(isFirst);
  });
});

describe('a rollback', () => {
  const command = { by: 'ana', reason: 'late answers' };

  it('returns to the previous version and does not keep the one it left', () => {
    expect(rolledBack(serving, command)?.routes).toEqual({ current: v1, candidate: null, previous: null });
  });

  it('leaves the candidate first', () => {
    const candidate = withRoutes(
      serving,
      routes(3, 1, { current: v2, candidate: { ...v3, share: 0.1 }, previous: v1 }),
    );
    expect(rolledBack(candidate, command)?.routes).toEqual({ current: v2, candidate: null, previous: v1 });
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
    const deployed = withRoutes(once, routes(400, 1, { current: v3, previous: v1 }));
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

describe('the last change', () => {
  it.each([
    ['none', loaded, null],
    ['routes of the owner', serving, 'change'],
    [
      'a rollback of the owner',
      withRoutes(serving, { ...routes(3, 0, { current: v1 }), isRollback: true }),
      'rollback',
    ],
    ['a break-glass rollback', rolledBack(serving, { by: 'ana', reason: 'r' }) as EndpointRecord, 'rollback'],
  ])('is told to a new owner: %s', (_, record, expected) => {
    expect(lastChangeOf(record)).toBe(expected);
  });
});

describe('a version that takes processes down', () => {
  it('leaves the routes where the one before is in memory', () => {
    expect(withoutBroken(serving, 2, 'r')).toMatchObject({ routes: { current: v1 }, loaded: [v1, v3] });
  });

  it('leaves memory alone where there is nothing to return to', () => {
    const without = withoutBroken({ ...serving, loaded: [v2] }, 2, 'r');
    expect(without).toMatchObject({ routes: serving.routes, loaded: [] });
  });
});

it('keeps what is routed and what was loaded last in memory, and few others', () => {
  const many = [4, 5, 6, 7].reduce((record, n) => withLoaded(record, load(3, 0, version(n))), serving);
  expect(versionsToKeep(many).map((v) => v.version)).toEqual([1, 2, 6, 7]);
});
