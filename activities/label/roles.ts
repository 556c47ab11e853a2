import { type CheckedLabelInput, type Column, type ColumnRoles, failure } from '../../schemas/index.js';
import { isNamedIn } from '../sql/same-name.js';

/** When each label became known, in every labelled dataset. */
const knownAt = 'known_at';

/**
 * What the columns of the labelled version will be for; which are outcomes the labeler says. The time column is known
 * when the row happens, also where the label is made from it.
 *
 * Errors: LABEL_INVALID for a name that is taken · SCHEMA_CHANGED, InvalidInput for the time column.
 */
export function rolesOf(input: CheckedLabelInput, columns: readonly Column[]): Omit<ColumnRoles, 'outcome'> {
  requireFreeNames(input, columns);
  return { label: input.labelColumn, knownAt, time: timeColumnOf(input, columns) };
}

/** The dataset's own names of columns that a labeler named, as SQL would find them. LABEL_INVALID for one it has not. */
export function outcomesOf(columns: readonly Column[], named: readonly string[]): string[] {
  const names = columns.map(({ name }) => name);
  const unknown = named.find((name) => !isNamedIn(names, name));
  if (unknown === undefined) return names.filter((name) => isNamedIn(named, name));
  const message = `The labeler names an outcome column "${unknown}", which the dataset does not have: it would be learnt from.`;
  throw failure('LABEL_INVALID', message, { column: unknown });
}

function timeColumnOf({ timeColumn }: CheckedLabelInput, columns: readonly Column[]): string | null {
  const times = columns.filter((column) => column.type === 'timestamp').map((column) => column.name);
  const list = times.length === 0 ? 'it has none' : times.join(', ');
  if (timeColumn !== undefined && !times.includes(timeColumn)) {
    throw failure(
      'SCHEMA_CHANGED',
      `timeColumn: "${timeColumn}" is no timestamp column of the dataset. Timestamps: ${list}.`,
      { timeColumn },
    );
  }
  if (timeColumn === undefined && times.length > 1)
    throw failure('InvalidInput', `Say which "timeColumn" is when a row happened: ${list}.`, { times });
  return timeColumn ?? times[0] ?? null;
}

function requireFreeNames({ labelColumn }: CheckedLabelInput, columns: readonly Column[]): void {
  const taken = columns.find((column) => isNamedIn([labelColumn, knownAt], column.name));
  if (taken === undefined) return;
  throw failure(
    'LABEL_INVALID',
    `The dataset already has a column "${taken.name}". Choose another "labelColumn", or rename it when collecting.`,
    { column: taken.name },
  );
}
