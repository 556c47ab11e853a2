import { refuse } from '../http/request-refused.js';
import type { Value } from '../model/column-values.js';
import { checkRowCount, isRecord, type RequestRows, type SignatureReader } from '../model/request-rows.js';

const formats = ['dataframe_split', 'dataframe_records', 'inputs', 'instances'] as const;

/** Reads the body of MLflow's `POST /invocations`: exactly one of its formats. */
export function readInvocation(body: unknown, reader: SignatureReader): RequestRows {
  const given = isRecord(body) ? formats.filter((format) => body[format] !== undefined) : [];
  const [format, ...more] = given;
  if (!isRecord(body) || format === undefined || more.length > 0)
    throw refuse('invalid_request', `The body needs exactly one of ${formats.map((name) => `"${name}"`).join(', ')}.`);
  const value = body[format];
  if (format === 'dataframe_split') return fromSplit(value, reader);
  return Array.isArray(value) ? fromRecords(value, format, reader) : fromColumns(value, format, reader);
}

/** `{"columns": [names], "data": [[values of a row]]}`; an index is ignored. */
function fromSplit(value: unknown, reader: SignatureReader): RequestRows {
  if (!isRecord(value) || !Array.isArray(value.columns) || !Array.isArray(value.data))
    throw refuse('invalid_request', '"dataframe_split" must be {"columns": […], "data": [[…], …]}.', 'dataframe_split');
  const names = value.columns as string[];
  if (names.some((name) => typeof name !== 'string'))
    throw refuse('invalid_request', '"columns" must be a list of names.', 'columns');
  const data = value.data as unknown[];
  const rows = checkRowCount(data.length, 'data');
  reader.refuseUnknown(names);
  data.forEach((row, i) => {
    if (Array.isArray(row) && row.length === names.length) return;
    throw refuse('invalid_shape', `Row ${i} of "data" must have ${names.length} values, one per column.`, 'data');
  });
  const raw = new Map(names.map((name, column) => [name, data.map((row) => (row as unknown[])[column])]));
  if (raw.size !== names.length) throw refuse('invalid_request', 'A column comes twice in "columns".', 'columns');
  return checked(raw, rows, reader);
}

/** `[{"column": value, …}, …]`: a column that no row has is missing; a value that one row lacks is a missing value. */
function fromRecords(records: unknown[], format: string, reader: SignatureReader): RequestRows {
  const rows = checkRowCount(records.length, format);
  const raw = new Map<string, unknown[]>();
  records.forEach((record, row) => {
    if (!isRecord(record)) throw refuse('invalid_request', `Row ${row} of "${format}" must be an object.`, format);
    for (const name of Object.keys(record)) {
      if (reader.indexOf(name) === -1) reader.refuseUnknown(Object.keys(record));
      let column = raw.get(name);
      if (column === undefined) raw.set(name, (column = new Array<unknown>(rows)));
      column[row] = record[name];
    }
  });
  return checked(raw, rows, reader);
}

/** `{"column": [values], …}`; a bare value is one row. */
function fromColumns(value: unknown, format: string, reader: SignatureReader): RequestRows {
  if (!isRecord(value))
    throw refuse('invalid_request', `"${format}" must be {"column": [values], …} or a list of rows.`, format);
  const names = Object.keys(value);
  reader.refuseUnknown(names);
  const raw = new Map(
    names.map((name) => [name, Array.isArray(value[name]) ? (value[name] as unknown[]) : [value[name]]]),
  );
  const [first] = raw.values();
  const rows = checkRowCount(first?.length ?? 0, format);
  for (const [name, values] of raw)
    if (values.length !== rows)
      throw refuse('invalid_shape', `Column "${name}" has ${values.length} values, others ${rows}.`, name);
  return checked(raw, rows, reader);
}

function checked(raw: ReadonlyMap<string, unknown[]>, rows: number, reader: SignatureReader): RequestRows {
  const given = reader.columns.map((column) => raw.get(column.name));
  reader.refuseMissing(given);
  const columns: Value[][] = given.map((values, i) => reader.check(i, values as unknown[], rows));
  return { rows, columns };
}
