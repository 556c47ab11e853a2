import { describe, expect, it } from 'vitest';
import { MarksOnTheWay } from '../../../activities/stores/postgres/verify/marks.js';

const hash = (seq: number) => String(seq).padStart(64, '0');
const anchor = (seq: number, of = hash(seq)) => ({ seq, hash: of, from: 'anchor' as const });

async function* listed(...marks: ReturnType<typeof anchor>[]) {
  yield* marks;
}

describe('what is known of a chain', () => {
  it('is met while the chain goes by, however far apart', async () => {
    const marks = new MarksOnTheWay(listed(anchor(2), anchor(5)));
    for (let seq = 1; seq <= 6; seq++) expect(await marks.faultAt({ seq, hash: hash(seq) })).toBeNull();
    expect(await marks.faultsBeyond(6, async () => null)).toEqual([]);
    expect(marks.held).toBe(5);
  });

  it('names where the chain was made anew: after the last anchor that it holds', async () => {
    const marks = new MarksOnTheWay(listed(anchor(2), anchor(3, hash(9)), anchor(3)));
    await marks.faultAt({ seq: 2, hash: hash(2) });
    const what = 'fact 3 is another than its anchor says: the chain was made anew after fact 2';
    expect(await marks.faultAt({ seq: 3, hash: hash(3) })).toBe(what);
  });

  it('is asked for again where the chain went on while it was walked, and is missed where it did not', async () => {
    const appended = async (seq: number) => (seq <= 8 ? hash(seq) : null);
    expect(await new MarksOnTheWay(listed(anchor(7), anchor(8))).faultsBeyond(6, appended)).toEqual([]);
    const what = 'fact 9 was anchored, and the chain ends at fact 6: its end was cut off';
    expect(await new MarksOnTheWay(listed(anchor(8), anchor(9))).faultsBeyond(6, appended)).toEqual([{ what, seq: 9 }]);
    const other = 'fact 8 is another than its anchor says: the chain was made anew at it or before it';
    const forged = new MarksOnTheWay(listed(anchor(8, hash(1))));
    expect(await forged.faultsBeyond(6, appended)).toEqual([{ what: other, seq: 8 }]);
  });
});
