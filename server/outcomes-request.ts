import { parseInput, RecordOutcomes } from '../schemas/index.js';
import { refuse } from './request-refused.js';

const example = { by: 'billing', outcomes: [{ requestId: 'b7e1', outcome: 1 }] };

/** Control characters and half surrogates, which Postgres does not take. */
const unprintable = /[\p{Cc}\p{Cs}]/u;

/** True outcomes, one line each: acknowledged when they are on disk. Returns how many. */
export async function recordOutcomes(
  body: unknown,
  save: (lines: string, rows: number) => Promise<void>,
): Promise<number> {
  const { by, outcomes } = parse(body);
  const odd = [by, ...outcomes.map(({ requestId }) => requestId)].find((text) => unprintable.test(text));
  if (odd !== undefined) throw refuse('invalid_request', `${JSON.stringify(odd)} holds characters that no id has.`);
  const lines = outcomes.map((outcome) => JSON.stringify({ by, ...outcome }));
  await save(lines.join('\n'), lines.length);
  return lines.length;
}

function parse(body: unknown): RecordOutcomes {
  try {
    return parseInput(RecordOutcomes, body, '/v1/outcomes', example);
  } catch (error) {
    throw refuse('invalid_request', (error as Error).message);
  }
}
