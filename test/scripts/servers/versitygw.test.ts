import { expect, it } from 'vitest';
import { findVersitygw } from '../../../scripts/servers/versitygw-server.js';

it('takes the S3 server that VERSITYGW names, and says so when it does not run', async () => {
  expect(await findVersitygw({ env: { VERSITYGW: process.execPath } })).toBe(process.execPath);
  await expect(findVersitygw({ env: { VERSITYGW: '/nowhere' } })).rejects.toThrow(/^VERSITYGW=\/nowhere does not run/);
});
