import { withStores } from '../cli/connect.js';
import { print } from '../cli/print.js';
import type { Verb } from '../cli/verb.js';
import { verifiedInWords, verifyLedger } from '../cli/verify-ledger.js';

export const verb: Verb = {
  name: 'verify',
  summary: "check the ledger's hash chain, and that every blob is there and is what its digest says",
  usage: 'verify [--quick]   (--quick: blobs by presence and size only)',
  options: { quick: { type: 'boolean' } },
  async run({ json, values }) {
    const quick = values['quick'] === true;
    const result = await withStores((stores) => verifyLedger(stores, quick));
    const unread = quick ? ' (the bytes of the blobs were not read)' : '';
    print(json ? JSON.stringify(result) : `${verifiedInWords(result)}${unread}`);
    return result.ok ? 0 : 1;
  },
};
