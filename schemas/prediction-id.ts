import type { z } from 'zod';
import { matching } from './matching.js';

/**
 * The identity of a prediction, made by the model server: a UUID of version 7, whose first 48 bits are the server's clock in
 * milliseconds when it was asked. Where the request had several rows, `:<row>` follows, from 0; a request's id alone then
 * names all its rows and none of them.
 */
export const PredictionId = matching(
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(:(0|[1-9]\d{0,4}))?$/,
  'must be a prediction id: the x-prediction-id of an answer, followed by ":<row>" where it had several rows',
);
export type PredictionId = z.infer<typeof PredictionId>;

/**
 * What a caller calls a request: a label, which anybody may give again. What cannot be sent back in a header, logged and
 * looked for as it stands is none.
 */
export const RequestId = matching(
  /^[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?$/,
  'must be a request id: 1–200 visible ASCII characters, with spaces only between them',
);
export type RequestId = z.infer<typeof RequestId>;

export interface PredictionParts {
  /** the request's, as the header `x-prediction-id` tells it */
  readonly id: string;
  /** null where the id names none */
  readonly row: number | null;
}

export function predictionParts(predictionId: PredictionId): PredictionParts {
  const [id = '', row] = predictionId.split(':');
  return { id, row: row === undefined ? null : Number(row) };
}

export function predictionIdOf({ id, row }: { id: string; row: number }, isOnlyRow: boolean): PredictionId {
  return isOnlyRow ? id : `${id}:${row}`;
}

/** When it was asked, in milliseconds since 1970: the id carries it. */
export function predictionTime(predictionId: PredictionId): number {
  return Number.parseInt(predictionId.slice(0, 8) + predictionId.slice(9, 13), 16);
}
