import { describe, expect, it } from 'vitest';
import type { Task } from '../../../schemas/index.js';
import { recordOutcomes } from '../../../server/api/outcomes-request.js';
import { RequestRefused } from '../../../server/http/request-refused.js';

const binary = new Set<Task>(['binary']);

/** What is answered, and what reached the disk. */
async function send(outcomes: unknown[], tasks: ReadonlySet<Task> = binary) {
  const saved: unknown[] = [];
  const save = async (lines: string) => void saved.push(...lines.split('\n').map((line) => JSON.parse(line)));
  const sent = recordOutcomes({ by: 'billing', outcomes }, tasks, save);
  const answer: Record<string, unknown> = await sent.then(
    (taken) => ({ ...taken }),
    (error: unknown) => {
      if (!(error instanceof RequestRefused)) throw error;
      return JSON.parse(error.body) as Record<string, unknown>;
    },
  );
  return { answer, saved };
}

const good = { requestId: 'a', outcome: 1 };

describe('true outcomes', () => {
  it('are all taken where all can be right', async () => {
    const rows = [good, { requestId: 'b', outcome: false, knownAt: '2001-04-19' }];
    expect(await send(rows)).toEqual({
      answer: { accepted: 2, refused: [] },
      saved: rows.map((row) => ({ by: 'billing', ...row })),
    });
  });

  it.each([
    ['a number for a yes or no', { requestId: 'x', outcome: 7 }, 'outcome: must be 0, 1, true or false, got 7'],
    [
      'a probability for a yes or no',
      { requestId: 'x', outcome: 0.5 },
      'outcome: must be 0, 1, true or false, got 0.5',
    ],
    ['text', { requestId: 'x', outcome: 'NaN' }, 'outcome: '],
    ['what JSON overflows to', JSON.parse('{"requestId":"x","outcome":1e999}'), 'outcome: '],
    ['no outcome', { requestId: 'x' }, 'outcome: '],
    ['an id that Postgres does not take', { requestId: 'x\u0000', outcome: 1 }, 'requestId: '],
    ['an unknown field', { requestId: 'x', outcome: 1, model: 'm' }, 'model: is not a known field'],
  ])('that are %s are refused by name, and the others are taken', async (_, wrong, error) => {
    const { answer, saved } = await send([good, wrong, { ...good, requestId: 'b' }]);
    expect(answer).toMatchObject({ accepted: 2, refused: [{ row: 1, requestId: wrong.requestId }] });
    expect((answer.refused as { error: string }[])[0]?.error).toContain(error);
    expect(saved).toHaveLength(2);
    expect((await send([answer.example])).answer).toEqual({ accepted: 1, refused: [] });
  });

  it('of which none is right are an error that names them', async () => {
    const { answer, saved } = await send([{ requestId: 'x', outcome: 7 }, null]);
    expect(answer).toMatchObject({ code: 'invalid_value', field: 'outcomes[0]', accepted: 0 });
    expect(answer.error).toMatch(/^Row 0 is no outcome: .* got 7\. None of the 2 rows is\. A row that works: \{/);
    expect(answer.refused).toMatchObject([
      { row: 0, requestId: 'x' },
      { row: 1, requestId: null },
    ]);
    expect(saved).toEqual([]);
  });

  it.each<[string, Task[], unknown, number]>([
    ['a number where numbers are told', ['regression'], 7.5, 1],
    ['a yes or no where numbers are told', ['regression'], true, 0],
    ['a number where models of both kinds are served', ['binary', 'regression'], 7.5, 1],
    ['a number where nothing is served', [], 7.5, 1],
  ])('may be %s', async (_, tasks, outcome, accepted) => {
    const { answer } = await send([{ requestId: 'x', outcome }], new Set(tasks));
    expect(answer.accepted).toBe(accepted);
  });

  it.each([[[]], [Array.from({ length: 501 }, () => good)]])('come 1 to 500 at a time', async (rows) => {
    expect((await send(rows)).answer.code).toBe('invalid_request');
  });
});
