import { quoteText } from '../sql-quote.js';

const mostLineBytes = 64 * 1024 * 1024;

/** Every line of the segments, in their order; nulls for a line that is no JSON. */
export function predictionsIn(segments: readonly string[]): string {
  const files = `[${segments.map(quoteText).join(', ')}]`;
  return `SELECT ${columns} FROM read_ndjson_objects(${files}, ignore_errors=true, maximum_object_size=${mostLineBytes})`;
}

/** A UTC time in text, null for any other; as the ledger has it, there is no year 0. */
export const timeIn = (text: string): string =>
  `CASE WHEN NOT starts_with(${text}, '0000') THEN TRY_CAST(replace(${text}, 'Z', '') AS TIMESTAMP) END`;

/** As the ledger indexes it: a row whose own time is none happened when it was asked. */
const columns = `
  json ->> '$.predictionId' AS id, json ->> '$.requestId' AS request_id, json ->> '$.model' AS model,
  TRY_CAST(json ->> '$.version' AS INTEGER) AS version, json ->> '$.modelDigest' AS model_digest,
  json ->> '$.environment' AS environment, json ->> '$.at' AS "at", json ->> '$.eventAt' AS event_at,
  coalesce(${timeIn("json ->> '$.eventAt'")}, ${timeIn("json ->> '$.at'")}) AS happened,
  json -> '$.inputs' AS inputs, TRY_CAST(json ->> '$.output' AS DOUBLE) AS output`;

/** Whether a row of `predictionsIn` is one. */
export const isPrediction = `coalesce(id IS NOT NULL AND model IS NOT NULL AND environment IS NOT NULL
  AND version IS NOT NULL AND output IS NOT NULL AND happened IS NOT NULL AND json_type(inputs) = 'OBJECT', false)`;
