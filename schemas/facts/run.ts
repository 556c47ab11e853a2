import { z } from 'zod';
import { DatasetName, Digest, ModelName, Version } from '../primitives.js';
import { Parameters } from '../train.js';
import { DigestOrNone, factOf } from './base.js';
import { CurvePoint, MetricValues } from './metric.js';

const RunBody = z
  .strictObject({
    runId: z.string(),
    model: ModelName,
    trainer: z.string(),
    parameters: Parameters,
    status: z.enum(['finished', 'failed']),
    runDigest: Digest.nullable(),
    modelDigest: Digest.nullable(),
    metaDigest: Digest,
    dataset: z.strictObject({ name: DatasetName, version: Version, digest: Digest }),
    seed: z.number().int(),
    /** of the finished model; where a curve of the same split and name is there too, it counts from step 1 */
    validation: MetricValues.nullable(),
    test: MetricValues.nullable(),
    curve: z.array(CurvePoint).max(10_000).default([]),
    reason: z.string().nullable(),
  })
  .superRefine(({ validation, test, curve }, context) => {
    const known = new Set<string>();
    for (const name of Object.keys(validation ?? {})) known.add(placeOf({ split: 'validation', name, step: 0 }));
    for (const name of Object.keys(test ?? {})) known.add(placeOf({ split: 'test', name, step: 0 }));
    for (const [i, point] of curve.entries()) {
      const place = placeOf(point);
      const message = `"${point.name}" of ${point.split} has two values at step ${point.step}`;
      if (known.has(place)) context.addIssue({ code: 'custom', path: ['curve', i], message });
      known.add(place);
    }
  });

/** A run has one value per split, name and step; those of the finished model stand at step 0. */
const placeOf = ({ split, name, step }: Omit<CurvePoint, 'value'>): string => `${split}/${step}/${name}`;

/** One training attempt. What it measured at its end is step 0 of its splits; a curve has its own steps. */
export const RunFact = factOf('run', RunBody).extend({ digest: DigestOrNone });
