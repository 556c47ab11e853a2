import { afterAll, describe, expect, it } from 'vitest';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import type { Endpoint, Target } from '../../activities/targets/target.js';
import { errorCode, type ServedVersion, type SetRoutes } from '../../schemas/index.js';
import { putPackage, putTwoVersions } from '../integration/model-package.js';

/** One real target, and the store that it fetches packages from. */
export interface TargetUnderTest {
  readonly target: Target;
  readonly blobs: BlobStore;
  close(): Promise<void>;
}

const routesTo = (current: ServedVersion, generation: number, more: Partial<SetRoutes['routes']> = {}): SetRoutes => ({
  fence: { generation, step: 1 },
  routes: { current, candidate: null, previous: null, ...more },
  reason: 'test',
});
const ends = (promise: Promise<unknown>) => promise.then(() => 'done', errorCode);

/** What every target promises (see the port), on whichever adapter `open` gives. */
export function describeTarget(name: string, open: () => Promise<TargetUnderTest>): void {
  describe(`${name} as a target`, () => {
    let opened: Promise<TargetUnderTest> | undefined;
    const underTest = () => (opened ??= open());
    afterAll(async () => (await opened)?.close());

    /** Two versions of a model of its own; the first of them serves, by generation 1. */
    async function serving(model: string) {
      const { target, blobs } = await underTest();
      const endpoint: Endpoint = { model, environment: 'production' };
      const [first, second] = await putTwoVersions(blobs, model);
      await target.load(endpoint, { fence: { generation: 1, step: 0 }, version: first });
      await target.setRoutes(endpoint, routesTo(first, 1));
      return { target, blobs, endpoint, first, second };
    }

    it('knows nothing of an endpoint that nobody named', async () => {
      const { target } = await underTest();
      const routes = { current: null, candidate: null, previous: null };
      const status = await target.status({ model: 'unknown', environment: 'production' });
      expect(status).toMatchObject({ fence: null, routes, loaded: [], traffic: [], lastChange: null });
    });

    it('loads without moving traffic, and keeps endpoints apart', async () => {
      const { target, endpoint, first, second } = await serving('loads');
      const status = await target.load(endpoint, { fence: { generation: 2, step: 0 }, version: second });
      expect(status).toMatchObject({
        routes: { current: first },
        loaded: expect.arrayContaining([1, 2]),
        lastChange: 'change',
      });
      expect(await target.status({ ...endpoint, environment: 'staging' })).toMatchObject({ loaded: [], fence: null });
    });

    it('routes to a candidate beside the current version, and keeps the previous one warm', async () => {
      const { target, endpoint, first, second } = await serving('routes');
      const candidate = { ...second, share: 0.1 };
      const shared = await target.setRoutes(endpoint, routesTo(first, 2, { candidate }));
      expect(shared).toMatchObject({
        routes: { current: first, candidate, previous: null },
        loaded: expect.arrayContaining([1, 2]),
      });
      const promoted = await target.setRoutes(endpoint, routesTo(second, 3, { previous: first }));
      expect(promoted).toMatchObject({
        routes: { current: second, candidate: null, previous: first },
        loaded: expect.arrayContaining([1, 2]),
      });
    });

    it('takes the same command again, and neither an older one nor another under its fence', async () => {
      const { target, endpoint, first, second } = await serving('fences');
      const command = routesTo(second, 5, { previous: first });
      const once = await target.setRoutes(endpoint, command);
      expect(await target.setRoutes(endpoint, command)).toMatchObject({ fence: once.fence, routes: once.routes });
      expect(await ends(target.setRoutes(endpoint, routesTo(first, 5)))).toBe('STALE_GENERATION');
      expect(await ends(target.setRoutes(endpoint, routesTo(first, 4)))).toBe('STALE_GENERATION');
      const late = target.load(endpoint, { fence: { generation: 4, step: 0 }, version: first });
      expect(await ends(late)).toBe('STALE_GENERATION');
    });

    it('leaves what serves as it is where a package fails its checks or is not there', async () => {
      const { target, blobs, endpoint, first } = await serving('checks');
      const before = await target.status(endpoint);
      const wrong = await putPackage(blobs, { model: 'checks', version: 3, goldenOffset: 0.2 });
      const lost = { ...first, version: 4, packageDigest: '0'.repeat(64) };
      const fence = { generation: 2, step: 0 };
      expect(await ends(target.load(endpoint, { fence, version: wrong }))).toBe('DEPLOYMENT_CHECK_FAILED');
      expect(await ends(target.setRoutes(endpoint, routesTo(wrong, 2)))).toBe('DEPLOYMENT_CHECK_FAILED');
      expect(await ends(target.load(endpoint, { fence, version: lost }))).toBe('BLOB_NOT_FOUND');
      const other = { ...first, modelDigest: '1'.repeat(64) };
      expect(await ends(target.load(endpoint, { fence, version: other }))).toBe('DEPLOYMENT_CHECK_FAILED');
      expect(await target.status(endpoint)).toMatchObject({ routes: before.routes, loaded: before.loaded });
    });

    it('rolls back to the previous version, once, and takes no command that was given without knowing of it', async () => {
      const { target, endpoint, first, second } = await serving('rolls-back');
      await target.setRoutes(endpoint, routesTo(second, 2, { previous: first }));
      const told = { by: 'ana@example.com', reason: 'late answers' };
      const after = await target.rollback(endpoint, { ...told, requestId: 'once' });
      expect(after).toMatchObject({
        routes: { current: first, previous: null },
        lastChange: 'rollback',
        rolledBack: told,
      });
      expect(after.rollbacks).toEqual(['once']);
      expect(await target.rollback(endpoint, { ...told, requestId: 'again' })).toMatchObject({ routes: after.routes });
      expect(await ends(target.setRoutes(endpoint, routesTo(second, 3)))).toBe('STALE_GENERATION');
      const generation = (after.fence?.generation ?? 0) + 1;
      expect(await target.setRoutes(endpoint, routesTo(second, generation))).toMatchObject({
        routes: { current: second },
      });
    });

    it('says that there is nothing to roll back to', async () => {
      const { target, endpoint } = await serving('first-version');
      const told = { by: 'ana@example.com', reason: 'late answers' };
      expect(await ends(target.rollback(endpoint, told))).toBe('NOTHING_TO_ROLL_BACK');
      expect(await ends(target.rollback(endpoint, { ...told, toVersion: 9 }))).toBe('NOTHING_TO_ROLL_BACK');
    });
  });
}
