import { z } from 'zod';
import { ArtifactKind, Digest } from '../primitives.js';

/** Where a fact comes from: the workflow that recorded it, and the stage it was in. */
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
    'compacted',
  ]),
});
export type EdgeRow = z.infer<typeof EdgeRow>;

/**
 * What every fact has. `key` is the effect's business identity: the same key with the same body is one fact, with another
 * body a LEDGER_CONFLICT. `digest` is what v_lineage shows for the step; kinds that may have none say `DigestOrNone`.
 */
const base = {
  key: z.string().min(1),
  origin: FactOrigin,
  digest: z.string().min(1),
  artifacts: z.array(ArtifactRow).default([]),
  edges: z.array(EdgeRow).default([]),
};

/** The digest of a kind of fact that may stand for no bytes. */
export const DigestOrNone = base.digest.nullable();

/** One kind of fact: its name and its body. */
export const factOf = <K extends string, B extends z.ZodType>(kind: K, body: B) =>
  z.strictObject({ ...base, kind: z.literal(kind), body });

/** What the ledger says of an append. `version` is set where the fact allocates one (dataset and model versions). */
export const Appended = z.strictObject({
  seq: z.number().int(),
  hash: Digest,
  isNew: z.boolean(),
  version: z.number().int().nullable(),
});
export type Appended = z.infer<typeof Appended>;

/** Where the chain stood: the fact `seq` had this hash, which stands for every fact up to it. */
export const ChainMark = z.strictObject({ seq: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER), hash: Digest });
export type ChainMark = z.infer<typeof ChainMark>;
