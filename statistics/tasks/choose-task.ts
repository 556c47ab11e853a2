import { failure, type Task } from '../../schemas/index.js';

/** What was seen of labels that are yes or no, or numbers. */
export interface SeenLabels {
  readonly rows: number;
  readonly distinct: number;
  /** of a yes or no, 0 and 1: the smallest ones, as many as a message shows */
  readonly values: readonly number[];
  readonly areWhole: boolean;
}

export interface ChosenTask {
  readonly task: Task;
  readonly taskReason: string;
}

/** So few different whole numbers may be classes by number as well as a quantity, */
const fewValues = 10;
/** where each comes so often, on average: of nine prices in nine rows, none repeats. */
const oftenRepeated = 3;

/**
 * What labels are learnt as: 0 and 1 are a yes or no, other numbers a quantity. What may be either, like 1 and 2, or 0, 1
 * and 2, is LABEL_INVALID until it is said, and so is what was said and cannot be.
 */
export function chooseTask(seen: SeenLabels, asked: Task | null): ChosenTask {
  const isYesOrNo = seen.values.every((value) => value === 0 || value === 1);
  if (asked === 'binary' && !isYesOrNo) throw noYesOrNo(seen);
  if (asked !== null) return { task: asked, taskReason: `"task" says ${asked}` };
  if (isYesOrNo) return { task: 'binary', taskReason: 'every label is 0 or 1 (no or yes)' };
  if (isAmbiguous(seen)) throw ambiguous(seen);
  return { task: 'regression', taskReason: `the labels are numbers, ${seen.distinct} different ones` };
}

function isAmbiguous({ rows, distinct, areWhole }: SeenLabels): boolean {
  const areFew = distinct === 2 || (areWhole && distinct <= fewValues);
  return distinct > 1 && areFew && rows >= oftenRepeated * distinct;
}

function noYesOrNo(seen: SeenLabels) {
  const message = `task: binary needs labels of 0 and 1, or true and false; these are ${listed(seen)}. ${howToAsk(seen)}`;
  return failure('LABEL_INVALID', message, detailsOf(seen));
}

function ambiguous(seen: SeenLabels) {
  const what = seen.distinct === 2 ? 'two values that are not 0 and 1' : 'a few whole numbers';
  const message = `The labels are ${listed(seen)}: ${what}, which may be classes or a quantity. ${howToAsk(seen)} For a quantity, say "task": "regression".`;
  return failure('LABEL_INVALID', message, detailsOf(seen));
}

function howToAsk({ values, distinct }: SeenLabels): string {
  const several = distinct > 2 ? 'Several classes are learnt by no task yet. ' : '';
  return `${several}For a yes or no, let the rule say what is a yes, like "(your rule) = ${values.at(-1)}".`;
}

/** The smallest ones, "…" where there are more. */
function listed({ values, distinct }: SeenLabels): string {
  if (distinct > values.length) return `${values.join(', ')}, …`;
  return values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} and ${values.at(-1)}`;
}

const detailsOf = ({ values, distinct }: SeenLabels) => ({ values, distinct });
