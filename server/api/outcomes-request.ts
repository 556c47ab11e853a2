import { z } from 'zod';
import { outcomeLines, outcomeRecord } from '../../activities/outcome-records.js';
import { canCount, type OutcomeMatch } from '../../activities/stores/prediction-log.js';
import {
  messageRowLimit,
  Outcome,
  type OutcomeRecord,
  parseInput,
  RecordOutcomes,
  suggestion,
  type Task,
  wrongFields,
} from '../../schemas/index.js';
import { tasks as rules } from '../../statistics/tasks/tasks.js';
import { refuse } from '../http/request-refused.js';

const example = { requestId: 'order:991', model: 'flight-delay', outcome: 1 };
const Envelope = RecordOutcomes.extend({ outcomes: z.array(z.unknown()).min(1).max(messageRowLimit) });

/** What the taking of outcomes must know. */
export interface OutcomesDesk {
  /** that of outcomes that name a request without one */
  readonly environment: string;
  /** served in that environment */
  readonly models: readonly string[];
  /** what the models tell that are served */
  readonly tasks: ReadonlySet<Task>;
  /** who sends them, by his token; null where he names himself */
  readonly sender: string | null;
  /** what would become of them; null where the ledger does not answer in time */
  readonly match: (outcomes: readonly OutcomeRecord[]) => Promise<readonly OutcomeMatch[] | null>;
  /** durable when it resolves */
  readonly save: (lines: string, rows: number) => Promise<void>;
}

export interface RefusedOutcome {
  /** its place in the request, from 0 */
  readonly row: number;
  readonly predictionId: string | null;
  readonly requestId: string | null;
  readonly error: string;
}

type Status = 'recorded' | 'supersedes' | 'pending';

export interface OutcomesAnswer {
  /** on disk, and in the ledger soon: how many */
  readonly accepted: number;
  /** of the accepted: their prediction is not in the ledger, or the ledger does not answer. They count when it comes */
  readonly pending: number;
  readonly outcomes: readonly { readonly row: number; readonly status: Status; readonly note?: string }[];
  readonly refused: readonly RefusedOutcome[];
  /** a row that would be taken; only where one was refused */
  readonly example?: unknown;
}

interface Judged {
  readonly row: number;
  readonly raw: unknown;
  /** the outcome, or what is wrong with it */
  readonly found: OutcomeRecord | string;
}

/**
 * True outcomes, one line each: acknowledged when they are on disk. Each row is judged by itself, so that one that cannot
 * count does not hold up the others; where none can, the request is refused.
 */
export async function recordOutcomes(body: unknown, desk: OutcomesDesk): Promise<OutcomesAnswer> {
  const { by, outcomes } = parse(body);
  const taken = { by: desk.sender ?? by, at: new Date().toISOString() };
  const judged = outcomes.map((raw, row): Judged => ({ row, raw, found: judge(raw, { ...desk, ...taken }) }));
  const wellFormed = judged.flatMap((one) => (isRight(one) ? [one] : []));
  const matches = wellFormed.length === 0 ? [] : await desk.match(wellFormed.map(({ found }) => found));
  const kept = wellFormed.map((one, i) => ({ ...one, match: matches?.[i] ?? 'pending' }));
  const accepted = kept.flatMap(({ row, found, match }) => (canCount(match) ? [{ row, found, status: match }] : []));
  const reasons = new Map(kept.flatMap(({ row, match }) => (canCount(match) ? [] : [[row, refusals[match]] as const])));
  const refused = judged.flatMap((one) => refusal(one, reasons.get(one.row)));
  if (accepted.length === 0) throw noneRight(refused);
  await desk.save(outcomeLines(accepted.map(({ found }) => found)).trimEnd(), accepted.length);
  return {
    accepted: accepted.length,
    pending: accepted.filter(({ status }) => status === 'pending').length,
    outcomes: accepted.map(({ row, found, status }) => ({ row, status, ...noteOn(found, status, desk) })),
    refused,
    ...(refused.length > 0 ? { example } : {}),
  };
}

/** It may be of a model that was served before, or elsewhere: whether it is misspelt is for its sender to see. */
function noteOn({ model }: OutcomeRecord, status: Status, { models }: OutcomesDesk): { readonly note?: string } {
  if (status !== 'pending' || model === null || models.includes(model)) return {};
  const hint = suggestion(model, models);
  return { note: `unknown model: "${model}" is not served here, and its prediction is not known.${hint}` };
}

/** What can never count, and why. */
const refusals = {
  ambiguous: 'several predictions fit: name one by its x-prediction-id, or the row of the request',
  retired: 'its prediction is of a time whose log is retired',
} as const satisfies Partial<Record<OutcomeMatch, string>>;

const isRight = (judged: Judged): judged is Judged & { readonly found: OutcomeRecord } =>
  typeof judged.found !== 'string';

function parse(body: unknown): z.output<typeof Envelope> {
  return asRefusal(() =>
    parseInput({ schema: Envelope, example: { by: 'billing', outcomes: [example] } }, body, '/v1/outcomes'),
  );
}

/** The row, or what is wrong with it. A model need not be said where one alone is served. */
function judge(
  raw: unknown,
  desk: OutcomesDesk & { readonly by: string; readonly at: string },
): OutcomeRecord | string {
  const parsed = Outcome.safeParse(raw);
  if (!parsed.success) return wrongFields(parsed.error).join('; ');
  const { requestId, outcome } = parsed.data;
  const [model = null, ...more] = desk.models;
  const isClear = requestId === undefined || parsed.data.model !== undefined || (model !== null && more.length === 0);
  if (!isClear)
    return `model: is missing, and a request id alone may be of several. Served: ${desk.models.join(', ') || 'none'}`;
  const misfit = misfitOf(outcome, desk.tasks);
  return misfit === null ? outcomeRecord(parsed.data, { ...desk, model }) : `outcome: ${misfit}, got ${outcome}`;
}

/** It may be of a model that is served no more: an outcome is wrong where no model that is served here could have it. */
function misfitOf(outcome: number | boolean, tasks: ReadonlySet<Task>): string | null {
  const labels = [...tasks].map((task) => rules[task].label);
  if (labels.length === 0 || labels.some((label) => label.fits(outcome))) return null;
  return `must be ${labels.map(({ words }) => words).join(' or ')}`;
}

function refusal({ row, raw, found }: Judged, reason: string | undefined): RefusedOutcome[] {
  const error = typeof found === 'string' ? found : reason;
  if (error === undefined) return [];
  return [{ row, predictionId: textOf(raw, 'predictionId'), requestId: textOf(raw, 'requestId'), error }];
}

function textOf(raw: unknown, field: string): string | null {
  const value: unknown = typeof raw === 'object' && raw !== null ? Reflect.get(raw, field) : null;
  return typeof value === 'string' ? value.slice(0, 200) : null;
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
