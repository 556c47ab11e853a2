import { expect, it } from 'vitest';
import { heldVersions } from '../../../scripts/doctor/held-versions.js';
import { emptyStatus } from '../../../server/supervisor/endpoint-status.js';

const version = (n: number) => ({ version: n, modelDigest: 'a'.repeat(64), packageDigest: 'b'.repeat(64) });
const routes = { current: version(2), candidate: { ...version(3), share: 0.1 }, previous: version(1) };
const endpoints = (loaded: number[]) => ({ endpoints: [{ ...emptyStatus('m', 'production'), routes, loaded }] });

it.each<[string, unknown, string[]]>([
  ['all of it', endpoints([1, 2, 3]), []],
  ['all that answers', endpoints([2, 3]), []],
  ['not what answers', endpoints([1]), ['production/m: version 2, 3 is in no memory']],
  ['nothing that can be read', 'nonsense', []],
])('doctor names what should serve and does not, where a server has %s', (_, body, found) => {
  expect(heldVersions(body).map((check) => check.found)).toEqual(found);
});
