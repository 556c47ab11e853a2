import { ChainMark } from '../../schemas/index.js';
import { withStores } from '../cli/connect.js';
import { print } from '../cli/print.js';
import { Misunderstood, type Verb } from '../cli/verb.js';
import { verifiedInWords, verifyLedger } from '../cli/verify-ledger.js';
import { verifyProgress } from '../cli/verify-progress.js';

export const verb: Verb = {
  name: 'verify',
  summary: "check the ledger's hash chain, what guards it, and that every blob is there and is what its digest says",
  usage: 'verify [--quick | --full] [--expect <seq>:<hash>]',
  options: {
    quick: { type: 'boolean', words: 'blobs by presence and size only' },
    full: { type: 'boolean', words: 'predictions and outcomes too, row by row, from their blobs' },
    expect: { type: 'string', value: '<seq>:<hash>', words: 'the end of the chain that an earlier verify told' },
  },
  async run({ json, values }) {
    const depth = depthOf(values);
    const expected = expectedOf(values['expect']);
    const progress = verifyProgress();
    const result = await withStores((stores) => verifyLedger(stores, { depth, expected, progress }));
    progress.end();
    const unread = depth === 'quick' ? '\n(the bytes of the blobs were not read)' : '';
    print(json ? JSON.stringify(result) : `${verifiedInWords(result)}${unread}`);
    return result.ok ? 0 : 1;
  },
};

function depthOf({ quick, full }: Record<string, unknown>) {
  if (quick === true && full === true)
    throw new Misunderstood('Say --quick or --full: the one looks at less than verify does, the other at more.');
  return quick === true ? 'quick' : full === true ? 'full' : 'whole';
}

function expectedOf(given: unknown): ChainMark | null {
  if (given === undefined) return null;
  const [seq, hash] = String(given).split(':');
  const parsed = ChainMark.safeParse({ seq: Number(seq), hash });
  if (parsed.success) return parsed.data;
  const message =
    '--expect takes what an earlier verify told: the number of a fact, a colon, and the 64 hex digits of its hash.';
  throw new Misunderstood(message);
}
