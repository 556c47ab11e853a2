import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Anchors } from '../../activities/stores/anchors.js';
import type { ChainMark } from '../../schemas/index.js';

export interface AnchorsUnderTest {
  /** the anchors of a ledger of this name, in the same store each time */
  open(ledger: string): Anchors;
  /** where nothing answers */
  openAway(): Anchors;
  /** puts something beside the anchors of a ledger */
  litter(ledger: string, name: string): Promise<void>;
}

const mark = (seq: number, text = `fact ${seq}`): ChainMark => ({
  seq,
  hash: createHash('sha256').update(text).digest('hex'),
});

async function allOf(anchors: Anchors): Promise<ChainMark[]> {
  const found: ChainMark[] = [];
  for await (const one of anchors.all()) found.push(one);
  return found;
}

/** What every store of anchors promises (see the port), on whichever adapter `open` gives. */
export function describeAnchors(name: string, open: () => Promise<AnchorsUnderTest>): void {
  describe(`${name} as a store of anchors`, () => {
    let opened: Promise<AnchorsUnderTest> | undefined;
    const underTest = () => (opened ??= open());

    it('has none of a ledger that was never anchored', async () => {
      expect(await allOf((await underTest()).open('never'))).toEqual([]);
    });

    it('gives each mark once, in the order of the facts and not of their text', async () => {
      const anchors = (await underTest()).open('order');
      for (const seq of [1000, 7, 20, 7, 3]) await anchors.put(mark(seq));
      expect(await allOf(anchors)).toEqual([3, 7, 20, 1000].map((seq) => mark(seq)));
    });

    it('keeps both marks of a fact that has two hashes: one of them is of a chain that was changed', async () => {
      const anchors = (await underTest()).open('two');
      await Promise.all([anchors.put(mark(5)), anchors.put(mark(5)), anchors.put(mark(5, 'forged'))]);
      const found = await allOf(anchors);
      expect(found).toHaveLength(2);
      expect(found).toEqual(expect.arrayContaining([mark(5), mark(5, 'forged')]));
    });

    it('keeps ledgers apart, whatever they are called', async () => {
      const { open: of } = await underTest();
      await of('a b/../c').put(mark(1));
      await of('a').put(mark(2));
      expect([await allOf(of('a b/../c')), await allOf(of('a'))]).toEqual([[mark(1)], [mark(2)]]);
    });

    it('goes past what is no anchor', async () => {
      const { open: of, litter } = await underTest();
      await of('littered').put(mark(1));
      for (const stray of ['readme.txt', '0000000000000002-abc', `${'9'.repeat(16)}-${'f'.repeat(64)}`])
        await litter('littered', stray);
      expect(await allOf(of('littered'))).toEqual([mark(1)]);
    });

    it('is told from an empty one where it does not answer', async () => {
      const away = (await underTest()).openAway();
      await expect(away.put(mark(1))).rejects.toMatchObject({ type: 'BLOB_STORE_UNAVAILABLE' });
      await expect(allOf(away)).rejects.toMatchObject({ type: 'BLOB_STORE_UNAVAILABLE' });
    });
  });
}
