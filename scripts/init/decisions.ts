import type { InspectedColumn, InspectJobResult } from '../../activities/sql/sql-job.js';

export interface Excluded {
  readonly column: string;
  readonly why: string;
}

/** What a recipe for a file will say, each part with its reason in words. */
export interface Decisions {
  readonly features: readonly InspectedColumn[];
  readonly excluded: readonly Excluded[];
  /** columns that the rule reads: known only after the prediction */
  readonly outcomes: readonly string[];
  readonly timeColumn: string | null;
  readonly shares: { readonly validationShare: number; readonly testShare: number };
  readonly trials: number;
  /** the label in one line */
  readonly label: string;
  /** what was decided, in the order of the recipe */
  readonly told: readonly string[];
  readonly warnings: readonly string[];
}

export interface Wishes {
  readonly rule: string;
  /** the column that says when a row happened, where a person said it */
  readonly time: string | null;
}

/** Below this many rows a share of 15 % says little. */
const fewRows = 2000;

export function decide({ rows, columns, label, notes }: Labelled, { time }: Wishes): Decisions {
  const outcomes = columns.filter(({ name }) => isAmong(label.reads, name)).map(({ name }) => name);
  const others = columns.filter(({ name }) => !outcomes.includes(name));
  const timeColumn = time ?? timeOf(others);
  const excluded = others.flatMap((column) => excludedFor(column, rows, timeColumn));
  const features = others.filter(({ name }) => !excluded.some(({ column }) => column === name));
  const share = rows < fewRows ? 0.2 : 0.15;
  const decided = { features, excluded, outcomes, timeColumn };
  return {
    ...decided,
    shares: { validationShare: share, testShare: share },
    trials: rows < 100_000 ? 8 : 4,
    label: labelInWords(label, rows),
    told: [
      ...notes.map((note) => `read: ${note}`),
      `label: ${labelInWords(label, rows)}`,
      ...toldOf(decided, columns),
      splitInWords(share, timeColumn),
    ],
    warnings: [
      ...columns.flatMap((column) => numbersAsText(column, rows)),
      ...labelWarnings(label, rows),
      ...fewWarnings(features, rows),
    ],
  };
}

interface Labelled extends InspectJobResult {
  readonly label: NonNullable<InspectJobResult['label']>;
}

const isAmong = (names: readonly string[], name: string) =>
  names.some((one) => one.toLowerCase() === name.toLowerCase());

/** The first column of times that every row has. */
function timeOf(columns: readonly InspectedColumn[]): string | null {
  const times = columns.filter(({ type, missing, distinct }) => type === 'timestamp' && missing === 0 && distinct > 1);
  return times[0]?.name ?? null;
}

/** A model that learns from who a row is, and not from what it is like, knows nothing of the next row. */
function excludedFor(column: InspectedColumn, rows: number, timeColumn: string | null): Excluded[] {
  const { name, type, missing, distinct, isRunning } = column;
  if (name === timeColumn) return [];
  const present = rows - missing;
  const because = (why: string) => [{ column: name, why }];
  if (present === 0) return because('it has no value');
  if (distinct === 1) return because('it is the same in every row');
  if (isRunning && rows > 2) return because('it numbers the rows');
  const isId =
    type === 'integer' &&
    distinct === present &&
    /(^|[_\W])(id|key|uuid|nr|no|index|row)$|[a-z](Id|ID|Key)$/.test(name);
  if (isId) return because('it names each row');
  if (type === 'string' && present >= 20 && distinct > 0.9 * present)
    return because('nearly every row has another text');
  return [];
}

type Decided = Pick<Decisions, 'features' | 'excluded' | 'outcomes' | 'timeColumn'>;

function toldOf({ features, excluded, outcomes, timeColumn }: Decided, columns: readonly InspectedColumn[]): string[] {
  const times = columns.filter(({ type, name }) => type === 'timestamp' && name !== timeColumn).map(({ name }) => name);
  const others = times.length === 0 ? '' : `; also times: ${times.join(', ')} (--time says another)`;
  return [
    timeColumn === null ? 'time: no column says when a row happened' : `time: ${timeColumn}${others}`,
    `features: ${features.length} of ${columns.length} columns`,
    ...excluded.map(({ column, why }) => `  not ${column}: ${why}`),
    ...outcomes.map((column) => `  not ${column}: the label is made of it`),
  ];
}

const splitInWords = (share: number, timeColumn: string | null): string =>
  timeColumn === null
    ? `split: ${share * 100} % of the rows to choose by, ${share * 100} % to test on, by chance, the same each time`
    : `split: the newest ${share * 100} % of the rows to test on, ${share * 100} % before them to choose by`;

function labelInWords({ labelType, mean, distinct, unlabelled }: Labelled['label'], rows: number): string {
  const none = unlabelled === 0 ? '' : `, ${unlabelled} of ${rows} rows have none`;
  if (labelType === 'binary') return `yes or no, ${((mean ?? 0) * 100).toFixed(1)} % yes${none}`;
  if (labelType === 'number') return `a number, ${Number((mean ?? 0).toPrecision(4))} on average${none}`;
  return `one of ${distinct} categories${none}; no trainer learns these: say which one is meant, as in --label "<column> = '<value>'"`;
}

/** What a person sees at once and a reader of files cannot. */
function numbersAsText({ name, type, numbers, missing, others }: InspectedColumn, rows: number): string[] {
  const values = rows - missing;
  if (type !== 'string' || numbers < 0.5 * values || numbers === 0) return [];
  const like = others.map((other) => `"${other}"`).join(', ');
  return others.length === 0
    ? []
    : [`${name} is text, but ${numbers} of its ${values} values are numbers; the others are like ${like}`];
}

function labelWarnings({ distinct, unlabelled, mean, labelType }: Labelled['label'], rows: number): string[] {
  const rare = labelType === 'binary' && mean !== null ? Math.min(mean, 1 - mean) * (rows - unlabelled) : rows;
  return [
    ...(distinct < 2 ? ['every label is the same: there is nothing to learn'] : []),
    ...(distinct >= 2 && rare < 20 ? [`only ${Math.round(rare)} rows have the rarer label`] : []),
    ...(unlabelled > 0 ? [`${unlabelled} rows have no label and are left out`] : []),
  ];
}

const fewWarnings = (features: readonly InspectedColumn[], rows: number): string[] => [
  ...(features.length === 0 ? ['no column is left to learn from'] : []),
  ...(rows < 100 ? [`${rows} rows are few: what is measured on them may be chance`] : []),
];
