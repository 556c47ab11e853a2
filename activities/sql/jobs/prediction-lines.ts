import { fileList } from '../file-pattern.js';
import { quoteText } from '../sql-quote.js';

/** A line is one row of a request. Each thread reads through two of them: it is the memory that reading takes. */
const mostLineBytes = 16 * 1024 * 1024;

/** Of a line's fields, each read as text: a field of another type is no reason to lose the line. */
const fields = {
  predictionId: 'VARCHAR',
  requestId: 'VARCHAR',
  model: 'VARCHAR',
  version: 'VARCHAR',
  modelDigest: 'VARCHAR',
  environment: 'VARCHAR',
  at: 'VARCHAR',
  eventAt: 'VARCHAR',
  inputs: 'JSON',
  output: 'VARCHAR',
};

/** Every line of the segments, in their order; nulls for a line that is no JSON. Each is parsed once. */
export function predictionsIn(segments: readonly string[]): string {
  const files = fileList(segments);
  const types = Object.entries(fields).map(([name, type]) => `${quoteText(name)}: ${quoteText(type)}`);
  return `SELECT ${columns} FROM read_json(${files}, format='newline_delimited', columns={${types.join(', ')}},
    ignore_errors=true, maximum_object_size=${mostLineBytes})`;
}

/** A UTC time in text, null for any other; as the ledger has it, there is no year 0. */
export const timeIn = (text: string): string =>
  `CASE WHEN NOT starts_with(${text}, '0000') THEN TRY_CAST(replace(${text}, 'Z', '') AS TIMESTAMP) END`;

/** As the ledger indexes it: a row whose own time is none happened when it was asked. */
const columns = `
  "predictionId" AS id, "requestId" AS request_id, model, TRY_CAST(version AS INTEGER) AS version,
  "modelDigest" AS model_digest, environment, "at", "eventAt" AS event_at,
  coalesce(${timeIn('"eventAt"')}, ${timeIn('"at"')}) AS happened, inputs, TRY_CAST(output AS DOUBLE) AS output`;

/** Whether a row of `predictionsIn` is one. */
export const isPrediction = `coalesce(id IS NOT NULL AND model IS NOT NULL AND environment IS NOT NULL
  AND version IS NOT NULL AND output IS NOT NULL AND happened IS NOT NULL AND json_type(inputs) = 'OBJECT', false)`;
