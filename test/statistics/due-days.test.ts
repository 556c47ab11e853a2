import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueDays, type LoggedDay, whyNoneIsDue } from '../../statistics/due-days.js';

const minRows = 1000;
const nothing = { days: 0, rows: 0 };

/** `rows` that came with fact `lastSeq`; `judged`: what the last look saw of it. */
function day(date: string, rows: number, lastSeq: number, judged: [rows: number, lastSeq: number] | null = null) {
  return { day: date, rows, lastSeq, judged: judged && { rows: judged[0], lastSeq: judged[1] } } satisfies LoggedDay;
}

describe('the days that are due', () => {
  it('are all that are over, oldest first, gaps passed over; the newest is not over', () => {
    const days = [day('2001-04-18', 2000, 1), day('2001-04-19', 2000, 2), day('2001-06-30', 900, 3)];
    expect(dueDays(days, minRows)).toEqual({ due: ['2001-04-18', '2001-04-19'], leftOut: nothing });
    expect(dueDays(days.slice(0, 1), minRows)).toEqual({ due: [], leftOut: nothing });
    expect(dueDays([], minRows)).toEqual({ due: [], leftOut: nothing });
  });

  it('are ended by one prediction of a later day, also by one in the same segment', () => {
    expect(dueDays([day('2001-04-18', 2000, 1), day('2001-04-19', 1, 2)], minRows).due).toEqual(['2001-04-18']);
    expect(dueDays([day('2001-04-18', 2000, 1), day('2001-04-19', 1, 1)], minRows).due).toEqual(['2001-04-18']);
  });

  it('are not ended by what came in before their own newest prediction', () => {
    const today = day('2026-11-30', 5, 3);
    expect(dueDays([day('2022-01-03', 800, 4), today], minRows).due).toEqual([]);
    expect(dueDays([day('2022-01-03', 800, 4), day('2022-01-04', 10, 5), today], minRows).due).toEqual(['2022-01-03']);
  });

  it('go on one by one behind a request of yesterday and one of today, in the middle of a replay of 2022', () => {
    const strays = [day('2026-11-29', 1, 2), day('2026-11-30', 1, 2)];
    const replay: LoggedDay[] = [];
    const seen: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      replay.push(day(`2022-01-0${1 + i}`, 500, 3 + i));
      const { due } = dueDays([...replay, ...strays], minRows);
      seen.push(...due);
      for (const [at, one] of replay.entries()) if (due.includes(one.day)) replay[at] = { ...one, judged: one };
    }
    expect(seen).toEqual(['2022-01-01', '2022-01-02', '2022-01-03', '2022-01-04']);
  });

  it('are due again where they grew by a tenth since, once they are over again, and are not for a few rows', () => {
    const next = (lastSeq: number) => day('2001-04-19', 1500, lastSeq, [1500, lastSeq]);
    const looked: [number, number] = [1000, 1];
    expect(dueDays([day('2001-04-18', 1100, 5, looked), next(6)], minRows).due).toEqual(['2001-04-18']);
    expect(dueDays([day('2001-04-18', 1100, 5, looked), next(4)], minRows).due).toEqual([]);
    expect(dueDays([day('2001-04-18', 1099, 5, looked), next(6)], minRows)).toEqual({
      due: [],
      leftOut: { days: 1, rows: 99 },
    });
    expect(dueDays([day('2001-04-18', 1000, 1, looked), next(6)], minRows)).toEqual({ due: [], leftOut: nothing });
  });

  it('are not the strays of a model with thousands of predictions a day, which are counted', () => {
    const days = [day('1970-01-01', 3, 4), day('2001-04-18', 20_000, 1), day('2001-04-19', 20_000, 5)];
    expect(dueDays(days, minRows)).toEqual({ due: ['2001-04-18'], leftOut: { days: 1, rows: 3 } });
    const many = Array.from({ length: 3000 }, (_, i) => day(new Date(i * 86_400_000).toISOString().slice(0, 10), 1, 4));
    expect(dueDays([...many, ...days.slice(1)], minRows)).toEqual({
      due: ['2001-04-18'],
      leftOut: { days: 3000, rows: 3000 },
    });
  });

  it('are the quiet days too of a model that is seldom asked, or whose quiet day still has enough rows', () => {
    const seldom = [day('2001-04-18', 3, 1), day('2001-04-19', 40, 2), day('2001-04-20', 1, 3)];
    expect(dueDays(seldom, minRows).due).toEqual(['2001-04-18', '2001-04-19']);
    const busy = [day('2001-04-18', 1000, 1), day('2001-04-19', 5_000_000, 2), day('2001-04-20', 1, 3)];
    expect(dueDays(busy, minRows).due).toEqual(['2001-04-18', '2001-04-19']);
  });

  it('leave no prediction unseen: of any log, what is over is judged, due, or counted as left out', () => {
    const anyDay = fc.record({ rows: fc.integer({ min: 1, max: 10_000 }), lastSeq: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(fc.array(anyDay, { maxLength: 60 }), (found) => {
        const days = found.map((one, i) => ({ ...one, day: `${2000 + i}-01-01`, judged: null }));
        const { due, leftOut } = dueDays(days, minRows);
        const over = days.filter((one, i) => days.slice(i + 1).some((later) => later.lastSeq >= one.lastSeq));
        const rowsOf = (some: readonly { rows: number }[]) => some.reduce((sum, { rows }) => sum + rows, 0);
        expect(rowsOf(days.filter((one) => due.includes(one.day))) + leftOut.rows).toBe(rowsOf(over));
      }),
    );
  });
});

describe('what is missing where no day is due', () => {
  it.each([
    [[], 'No prediction is in the log yet.'],
    [
      [day('2001-04-18', 3, 1)],
      'No complete data day is left to look at: 2001-04-18 has 3 predictions so far, and is over once a later day has one.',
    ],
    [
      [day('2001-04-17', 9, 1, [9, 1]), day('2001-04-18', 3, 2, [3, 2])],
      'No complete data day is left to look at: every day that is over was looked at.',
    ],
  ])('of %j is told', (days, why) => {
    expect(whyNoneIsDue(days)).toBe(why);
  });
});
