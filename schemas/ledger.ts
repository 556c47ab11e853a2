import { z } from 'zod';
import { ProvenBy } from './approval.js';
import { ArtifactKind, DatasetName, Digest, EnvironmentName, ModelName, Version } from './primitives.js';
import { Parameters } from './train.js';

/** Where a fact comes from: the workflow that recorded it. */
export const FactOrigin = z.strictObject({ workflowId: z.string(), step: z.string() });
export type FactOrigin = z.infer<typeof FactOrigin>;

export const ArtifactRow = z.strictObject({
  digest: Digest,
  uri: z.string(),
  sizeBytes: z.number().int(),
  kind: ArtifactKind,
});
export type ArtifactRow = z.infer<typeof ArtifactRow>;

/**
 * `from` made `to`; relation says how. What has bytes is named by its digest: a dataset version (of its manifest), a matrix,
 * a model, a package, a report, a prediction segment. Everything else is `<what>:<id>`: `source:<uri>`, `run:<run id>`,
 * `endpoint:<model>/<environment>`, `code:<digest of the compiled code>`, `commit:<git commit>`. The ledger itself adds the edges that follow from the body of a run (dataset → run →
 * model) and of a model version (run, model → package).
 */
export const EdgeRow = z.strictObject({
  from: z.string(),
  to: z.string(),
  relation: z.enum([
    'collected',
    'labelled',
    'prepared',
    'trained',
    'packaged',
    'approved',
    'deployed',
    'predicted',
    'monitored',
    'compared',
  ]),
});
export type EdgeRow = z.infer<typeof EdgeRow>;

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

/**
 * One append-only line of the ledger. `key` is the effect's business identity: the same key with the same body is one
 * fact, with another body a LEDGER_CONFLICT. `digest` is what v_lineage shows for the step.
 */
const base = {
  key: z.string().min(1),
  origin: FactOrigin,
  digest: z.string(),
  artifacts: z.array(ArtifactRow).default([]),
  edges: z.array(EdgeRow).default([]),
};

export const Fact = z.discriminatedUnion('kind', [
  z.strictObject({
    ...base,
    kind: z.literal('datasetVersion'),
    body: z.strictObject({
      dataset: DatasetName,
      digest: Digest,
      rows: z.number().int(),
      labelled: z.boolean(),
      report: z.unknown(),
    }),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('run'),
    body: RunBody,
  }),
  z.strictObject({
    ...base,
    kind: z.literal('bestRun'),
    body: z.strictObject({ model: ModelName, runId: z.string(), objective: z.string(), trials: z.number().int() }),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('modelVersion'),
    body: z.strictObject({
      model: ModelName,
      runId: z.string(),
      modelDigest: Digest,
      packageDigest: Digest,
      datasetDigest: Digest,
      files: z.array(z.strictObject({ path: z.string(), digest: Digest, sizeBytes: z.number().int() })),
    }),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('approval'),
    body: z.strictObject({
      model: ModelName,
      version: Version,
      environment: EnvironmentName,
      gate: z.string(),
      modelDigest: Digest,
      evidenceDigest: z.string(),
      decision: z.enum(['approve', 'reject']),
      decidedBy: z.string(),
      comment: z.string().nullable(),
      decidedAt: z.string(),
      provenBy: ProvenBy,
    }),
  }),
  /** what the answers at a gate came to */
  z.strictObject({
    ...base,
    kind: z.literal('gateDecision'),
    body: z.strictObject({
      model: ModelName,
      version: Version,
      environment: EnvironmentName,
      gate: z.string(),
      modelDigest: Digest,
      decision: z.enum(['approved', 'rejected']),
      decidedBy: z.array(z.string()).min(1),
      quorum: z.number().int().min(1),
      reason: z.string(),
      decidedAt: z.string(),
    }),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('endpointChange'),
    body: z.strictObject({
      model: ModelName,
      environment: EnvironmentName,
      generation: z.number().int(),
      step: z.number().int(),
      change: z.enum(['candidate', 'promoted', 'rolledBack', 'aborted', 'retired']),
      version: Version.nullable(),
      modelDigest: Digest.nullable(),
      by: z.string(),
      reason: z.string(),
      at: z.string(),
    }),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('monitorWindow'),
    body: z.strictObject({
      model: ModelName,
      environment: EnvironmentName,
      version: Version.nullable(),
      from: z.string(),
      to: z.string(),
      verdict: z.string(),
      bad: z.boolean(),
      result: z.unknown(),
    }),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('retrain'),
    body: z.strictObject({
      model: ModelName,
      trigger: z.string(),
      by: z.string(),
      outcome: z.enum(['started', 'notActedOn', 'promoted', 'kept', 'rejected']),
      reason: z.string(),
      at: z.string(),
    }),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('predictionSegment'),
    body: z.strictObject({
      environment: EnvironmentName,
      digest: Digest,
      rows: z.number().int(),
      sizeBytes: z.number().int(),
      lost: z.number().int(),
    }),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('outcomes'),
    body: z.strictObject({ by: z.string(), rows: z.number().int(), digest: Digest }),
  }),
]);
export type Fact = z.infer<typeof Fact>;
export type FactInput = z.input<typeof Fact>;
export type FactKind = Fact['kind'];

/** What the ledger says of an append. `version` is set where the fact allocates one (dataset and model versions). */
export const Appended = z.strictObject({
  seq: z.number().int(),
  hash: Digest,
  isNew: z.boolean(),
  version: z.number().int().nullable(),
});
export type Appended = z.infer<typeof Appended>;
