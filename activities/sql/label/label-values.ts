import { type ColumnType, failure, type LabelResult, type Task } from '../../../schemas/index.js';
import { type ChosenTask, chooseTask } from '../../../statistics/tasks/choose-task.js';
import { foldedColumns, foldedType } from '../column-types.js';
import type { Database } from '../database.js';
import { presentNumber } from '../missing.js';

export interface LabelValue {
  readonly labelType: LabelResult['labelType'];
  /** the type of the labelled dataset's column */
  readonly type: ColumnType;
  /** SQL for the value of the table's column `label`; null where it is none */
  readonly value: string;
}

const number = presentNumber('label::DOUBLE');
const kinds = {
  binary: { labelType: 'binary', type: 'integer', value: `(${number})::BIGINT` },
  number: { labelType: 'number', type: 'number', value: number },
  category: { labelType: 'category', type: 'string', value: "nullif(label::VARCHAR, '')" },
} as const satisfies Record<LabelResult['labelType'], LabelValue>;
const labelTypeOf = { binary: 'binary', regression: 'number' } as const satisfies Record<
  Task,
  LabelResult['labelType']
>;

/**
 * What the column `label` of a table is: numbers, a yes or no among them as 0 and 1, or texts. The empty text is none.
 * LABEL_INVALID for any other type; `what` begins its message, e.g. "The rule".
 */
export async function labelValue(database: Database, table: string, what: string): Promise<LabelValue> {
  const duckdbType = await typeOf(database, table, 'label');
  const type = foldedType(duckdbType);
  if (type === 'boolean' || type === 'number' || type === 'integer') return kinds.number;
  if (/^(VARCHAR|ENUM\(.*\))$/.test(duckdbType)) return kinds.category;
  throw failure('LABEL_INVALID', `${what} gives ${duckdbType}; a label is a boolean, a number or a text.`);
}

export interface LabelAsTask extends LabelValue {
  readonly task: Task | null;
  readonly taskReason: string;
}

/** The label as what it is learnt as: see `chooseTask`. LABEL_INVALID for a task that texts do not have. */
export async function labelAsTask(database: Database, table: string, asked: Task | null): Promise<LabelAsTask> {
  const found = await labelValue(database, table, 'The labeler');
  if (found.labelType !== 'category') {
    const chosen = await taskOf(database, table, asked);
    return { ...kinds[labelTypeOf[chosen.task]], ...chosen };
  }
  const taskReason = 'the labels are texts: several classes are learnt by no task yet';
  if (asked === null) return { ...found, task: null, taskReason };
  throw failure('LABEL_INVALID', `task: ${taskReason}. For a yes or no, label with a rule like "origin = 'ATL'".`);
}

const valuesShown = 10;

async function taskOf(database: Database, table: string, asked: Task | null): Promise<ChosenTask> {
  const given = `SELECT ${number} AS y FROM ${table}`;
  const { rows, distinct, areWhole } = await database.row(
    `SELECT count(y)::DOUBLE AS rows, count(DISTINCT y)::DOUBLE AS "distinct", bool_and(y = floor(y)) AS "areWhole" FROM (${given})`,
  );
  const values = await database.rows(
    `SELECT DISTINCT y FROM (${given}) WHERE y IS NOT NULL ORDER BY y LIMIT ${valuesShown}`,
  );
  return chooseTask(
    {
      rows: Number(rows),
      distinct: Number(distinct),
      values: values.map(({ y }) => Number(y)),
      areWhole: areWhole === true,
    },
    asked,
  );
}

/** SQL for the column `known_at` as a UTC timestamp. LABEL_INVALID when it is none. */
export async function timeValue(database: Database, table: string, what: string): Promise<string> {
  const [column] = await foldedColumns(database, `(SELECT known_at FROM ${table})`);
  if (column?.type === 'timestamp') return column.expression;
  throw failure(
    'LABEL_INVALID',
    `${what} gives a ${column?.type}; it must be a timestamp, e.g. "departure + to_minutes(delay)".`,
  );
}

async function typeOf(database: Database, table: string, column: string): Promise<string> {
  const described = await database.rows(`DESCRIBE ${table}`);
  const found = described.find((row) => row.column_name === column);
  if (found !== undefined) return String(found.column_type);
  throw failure('LABEL_INVALID', `The answers have no column "${column}".`, { column });
}
