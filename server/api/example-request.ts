import type { RecordOutcomes } from '../../schemas/index.js';
import { tasks } from '../../statistics/tasks/tasks.js';
import { requestValue } from '../model/example-row.js';
import type { ServingVersion } from '../model/serving-version.js';
import { datatypeOf } from './infer-request.js';

/** Requests that work, of a row that is made up. */
export function exampleInfer({ reader, example }: ServingVersion) {
  const inputs = reader.columns.map((column, i) => ({
    name: column.name,
    shape: [1],
    datatype: datatypeOf[column.type],
    data: [requestValue(column, example.values[i] ?? null)],
  }));
  return { inputs };
}

export function exampleInvocation({ reader, example }: ServingVersion) {
  const values = reader.columns.map((column, i) => [column.name, requestValue(column, example.values[i] ?? null)]);
  return { dataframe_records: [Object.fromEntries(values) as Record<string, unknown>] };
}

/** What may have become of a request. */
export function exampleOutcomes({ loaded, example, slotted }: ServingVersion, requestId: string) {
  const outcome = tasks[loaded.manifest.task].label.example(example.answer);
  return { by: 'billing', outcomes: [{ requestId, model: slotted.model, outcome }] } satisfies Partial<RecordOutcomes>;
}
