import { z } from 'zod';
import { messageRowLimit, Outcome, parseInput, RecordOutcomes, type Task, wrongFields } from '../../schemas/index.js';
import { tasks as rules } from '../../statistics/tasks/tasks.js';
import { refuse } from '../http/request-refused.js';

const example = { requestId: 'b7e1', outcome: 1 };
const Envelope = RecordOutcomes.extend({ outcomes: z.array(z.unknown()).min(1).max(messageRowLimit) });

export interface RefusedOutcome {
  /** its place in the request, from 0 */
  readonly row: number;
  readonly requestId: string | null;
  readonly error: string;
}

export interface OutcomesAnswer {
  /** on disk; whether their requests are known is seen when they are compared with the predictions */
  readonly accepted: number;
  readonly refused: readonly RefusedOutcome[];
  /** a row that would be taken; only where one was refused */
  readonly example?: unknown;
}

/**
 * True outcomes, one line each: acknowledged when they are on disk. Each row is judged by itself, so that one that cannot
 * be right does not hold up the others; where none is right, the request is refused.
 */
export async function recordOutcomes(
  body: unknown,
  tasks: ReadonlySet<Task>,
  save: (lines: string, rows: number) => Promise<void>,
): Promise<OutcomesAnswer> {
  const { by, outcomes } = parse(body);
  const judged = outcomes.map((raw) => judge(raw, tasks));
  const refused = judged.flatMap((found, row) =>
    typeof found === 'string' ? [refusal(found, row, outcomes[row])] : [],
  );
  const accepted = judged.filter((found) => typeof found !== 'string');
  if (accepted.length === 0) throw noneRight(refused);
  await save(accepted.map((outcome) => JSON.stringify({ by, ...outcome })).join('\n'), accepted.length);
  return { accepted: accepted.length, refused, ...(refused.length > 0 ? { example } : {}) };
}

function parse(body: unknown): z.output<typeof Envelope> {
  return asRefusal(() =>
    parseInput({ schema: Envelope, example: { by: 'billing', outcomes: [example] } }, body, '/v1/outcomes'),
  );
}

/** The row, or what is wrong with it. */
function judge(raw: unknown, tasks: ReadonlySet<Task>): Outcome | string {
  const parsed = Outcome.safeParse(raw);
  if (!parsed.success) return wrongFields(parsed.error).join('; ');
  const { outcome } = parsed.data;
  const misfit = misfitOf(outcome, tasks);
  return misfit === null ? parsed.data : `outcome: ${misfit}, got ${outcome}`;
}

/** An outcome does not name its model, so it is wrong where no model that is served here could have it. */
function misfitOf(outcome: number | boolean, tasks: ReadonlySet<Task>): string | null {
  const labels = [...tasks].map((task) => rules[task].label);
  if (labels.length === 0 || labels.some((label) => label.fits(outcome))) return null;
  return `must be ${labels.map(({ words }) => words).join(' or ')}`;
}

function refusal(error: string, row: number, raw: unknown): RefusedOutcome {
  const id = (raw as { requestId?: unknown } | null | undefined)?.requestId;
  return { row, requestId: typeof id === 'string' ? id.slice(0, 200) : null, error };
}

function noneRight(refused: readonly RefusedOutcome[]) {
  const [first] = refused;
  const rows = refused.length === 1 ? '' : ` None of the ${refused.length} rows is.`;
  const message = `Row ${first?.row} is no outcome: ${first?.error}.${rows} A row that works: ${JSON.stringify(example)}`;
  return refuse('invalid_value', message, `outcomes[${first?.row}]`).with({ accepted: 0, refused, example });
}

function asRefusal<T>(parsing: () => T): T {
  try {
    return parsing();
  } catch (error) {
    throw refuse('invalid_request', (error as Error).message);
  }
}
