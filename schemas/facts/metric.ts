import { z } from 'zod';

/** What a run measured: any name, a finite number, or null where it could not be measured. */
export const MetricValues = z.record(z.string().min(1).max(200), z.number().nullable());
export type MetricValues = z.infer<typeof MetricValues>;

/** One point of how a metric went while the model learnt. */
export const CurvePoint = z.strictObject({
  split: z.enum(['train', 'validation', 'test']),
  name: z.string().min(1).max(200),
  step: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1),
  value: z.number().nullable(),
});
export type CurvePoint = z.infer<typeof CurvePoint>;
