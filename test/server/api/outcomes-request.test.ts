import { describe, expect, it } from 'vitest';
import type { OutcomeMatch } from '../../../activities/stores/prediction-log.js';
import { OutcomeRecord, type Task } from '../../../schemas/index.js';
import { recordOutcomes } from '../../../server/api/outcomes-request.js';
import { outcomeSenders, senderOf } from '../../../server/http/outcome-senders.js';
import { RequestRefused } from '../../../server/http/request-refused.js';

const binary = new Set<Task>(['binary']);

interface Given {
  readonly tasks?: ReadonlySet<Task>;
  readonly models?: readonly string[];
  readonly sender?: string | null;
  /** of each outcome; null where the ledger is away */
  readonly matches?: readonly OutcomeMatch[] | null;
}

/** What is answered, and what reached the disk. */
async function send(outcomes: unknown[], given: Given = {}) {
  const { tasks = binary, models = ['m'], sender = null } = given;
  const saved: Partial<OutcomeRecord>[] = [];
  const sent = recordOutcomes(
    { by: 'billing', outcomes },
    {
      environment: 'production',
      models,
      tasks,
      sender,
      match: async (records) => (given.matches === undefined ? records.map(() => 'recorded') : given.matches),
      save: async (lines) => void saved.push(...lines.split('\n').map((line) => OutcomeRecord.parse(JSON.parse(line)))),
    },
  );
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
const predictionId = '018e0c1f-9a00-7abc-8def-0123456789ab';

describe('true outcomes', () => {
  it('of a model that is not served here, and of which no prediction is known, are kept and told so', async () => {
    const outcomes = [good, { ...good, model: 'flight-dely' }, { ...good, model: 'm' }, { predictionId, outcome: 1 }];
    const given = { models: ['flight-delay', 'm'], matches: ['pending', 'pending', 'pending'] as OutcomeMatch[] };
    const { answer } = await send(outcomes, given);
    expect(answer['outcomes']).toEqual([
      {
        row: 1,
        status: 'pending',
        note: 'unknown model: "flight-dely" is not served here, and its prediction is not known. Did you mean "flight-delay"?',
      },
      { row: 2, status: 'pending' },
      { row: 3, status: 'pending' },
    ]);
    const elsewhere = await send([{ ...good, model: 'other' }], { matches: ['recorded'] });
    expect(elsewhere.answer['outcomes']).toEqual([{ row: 0, status: 'recorded' }]);
  });

  it('are all taken where all can be right, and kept with all that their sender left unsaid', async () => {
    const { answer, saved } = await send([
      good,
      { requestId: 'order:991', model: 'other', row: 3, outcome: false, knownAt: '2001-04-19' },
      { predictionId: `${predictionId}:2`, outcome: true },
    ]);
    expect(answer).toEqual({
      accepted: 3,
      pending: 0,
      outcomes: [0, 1, 2].map((row) => ({ row, status: 'recorded' })),
      refused: [],
    });
    const nothing = { predictionId: null, model: null, environment: null, requestId: null, row: null, knownAt: null };
    const taken = { by: 'billing', at: expect.stringMatching(/^\d{4}-.*Z$/) };
    expect(saved).toEqual([
      { ...nothing, ...taken, requestId: 'a', model: 'm', environment: 'production', outcome: 1 },
      {
        ...nothing,
        ...taken,
        requestId: 'order:991',
        model: 'other',
        environment: 'production',
        row: 3,
        outcome: 0,
        knownAt: '2001-04-19',
      },
      { ...nothing, ...taken, predictionId: `${predictionId}:2`, outcome: 1 },
    ]);
  });

  it.each<[string, Record<string, unknown>, string]>([
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
    ['an unknown field', { requestId: 'x', outcome: 1, modle: 'm' }, 'modle: is not a known field'],
    ['no id at all', { outcome: 1 }, 'requestId: '],
    ['two ids', { requestId: 'x', predictionId, outcome: 1 }, 'requestId: '],
    ['no id that a server makes', { predictionId: 'x', outcome: 1 }, 'predictionId: must be a prediction id'],
    ['a row in two places', { predictionId: `${predictionId}:1`, row: 1, outcome: 1 }, 'row: '],
    ['a row before the first', { requestId: 'x', row: -1, outcome: 1 }, 'row: '],
  ])('that are %s are refused by name, and the others are taken', async (_, wrong, error) => {
    const { answer, saved } = await send([good, wrong, { ...good, requestId: 'b' }]);
    expect(answer).toMatchObject({ accepted: 2, refused: [{ row: 1, requestId: wrong['requestId'] ?? null }] });
    expect((answer['refused'] as { error: string }[])[0]?.error).toContain(error);
    expect(saved).toHaveLength(2);
    expect((await send([answer['example']])).answer).toMatchObject({ accepted: 1, refused: [] });
  });

  it('of which none is right are an error that names them', async () => {
    const { answer, saved } = await send([{ requestId: 'x', outcome: 7 }, null]);
    expect(answer).toMatchObject({ code: 'invalid_value', field: 'outcomes[0]', accepted: 0 });
    expect(answer['error']).toMatch(/^Row 0 is no outcome: .* got 7\. None of the 2 rows is\. A row that works: \{/);
    expect(answer['refused']).toMatchObject([
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
    const { answer } = await send([{ requestId: 'x', outcome }], { tasks: new Set(tasks) });
    expect(answer['accepted']).toBe(accepted);
  });

  it.each<[string, readonly string[], Record<string, unknown>, number]>([
    ['are of the one model that is served', ['m'], good, 1],
    ['must name their model where several are served', ['m', 'n'], good, 0],
    ['must name their model where none is served', [], good, 0],
    ['name their model where several are served', ['m', 'n'], { ...good, model: 'n' }, 1],
    ['need no model where they name their prediction', ['m', 'n'], { predictionId, outcome: 1 }, 1],
  ])('%s', async (_, models, outcome, accepted) => {
    expect((await send([outcome], { models })).answer['accepted']).toBe(accepted);
  });

  it('are told apart by what becomes of them, and what cannot count is refused', async () => {
    const rows = ['a', 'b', 'c', 'd', 'e'].map((requestId) => ({ requestId, outcome: 1 }));
    const matches = ['recorded', 'ambiguous', 'supersedes', 'retired', 'pending'] as const;
    const { answer, saved } = await send(rows, { matches });
    expect(answer).toMatchObject({
      accepted: 3,
      pending: 1,
      outcomes: [
        { row: 0, status: 'recorded' },
        { row: 2, status: 'supersedes' },
        { row: 4, status: 'pending' },
      ],
      refused: [
        { row: 1, requestId: 'b', error: expect.stringContaining('several predictions fit') },
        { row: 3, requestId: 'd', error: expect.stringContaining('retired') },
      ],
    });
    expect(saved.map(({ requestId }) => requestId)).toEqual(['a', 'c', 'e']);
    expect((await send([good], { matches: ['ambiguous'] })).answer).toMatchObject({
      code: 'invalid_value',
      accepted: 0,
    });
  });

  it('are kept as pending while the ledger is away', async () => {
    expect((await send([good], { matches: null })).answer).toMatchObject({ accepted: 1, pending: 1 });
  });

  it('are said by whom the token names, whatever name they bear', async () => {
    expect((await send([good], { sender: 'crm' })).saved).toMatchObject([{ by: 'crm' }]);
  });

  it.each([[[]], [Array.from({ length: 501 }, () => good)]])('come 1 to 500 at a time', async (rows) => {
    expect((await send(rows)).answer['code']).toBe('invalid_request');
  });
});

describe('the senders of outcomes', () => {
  it.each([
    [undefined, []],
    ['', []],
    ['0123456789abcdef', [{ name: null, token: '0123456789abcdef' }]],
    [
      'billing:aaa=, crm:b+/',
      [
        { name: 'billing', token: 'aaa=' },
        { name: 'crm', token: 'b+/' },
      ],
    ],
  ])('are read from "%s"', (setting, senders) => {
    expect(outcomeSenders(setting)).toEqual(senders);
    for (const sender of senders) expect(senderOf(senders, `Bearer ${sender.token}`)).toEqual(sender);
    expect(senderOf(senders, 'Bearer other')).toBeNull();
  });
});
