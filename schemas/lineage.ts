import { z } from 'zod';
import { EdgeRow } from './facts/base.js';

/**
 * One thing that the ledger knows. `id` is its kind and its label, so that a dataset `x@1` is another node than a model
 * version `x@1`. Kinds: `source`, `dataset`, `labelledDataset`, `run`, `modelVersion`, `approval`, `endpoint` (a change of
 * its routes), `prediction`, `predictionSegment`, `code`, `commit`, every kind of artifact, and `digest` for bytes of which
 * nothing but their digest is known.
 */
export const LineageNode = z.strictObject({
  id: z.string(),
  kind: z.string(),
  /** what people call it, like `flight-delay@2`; unique within its kind, but for approvals */
  label: z.string(),
  /** null where it stands for no bytes */
  digest: z.string().nullable(),
  /** when it happened, or came into the ledger: UTC ISO; null if unknown */
  createdAt: z.string().nullable(),
  /** one line for people */
  detail: z.string(),
});
export type LineageNode = z.infer<typeof LineageNode>;

/** The node `from` went into the making of the node `to`. `logged`: a prediction's inputs and output are in the segment. */
export const LineageEdge = z.strictObject({
  from: z.string(),
  relation: z.enum([...EdgeRow.shape.relation.options, 'logged']),
  to: z.string(),
});
export type LineageEdge = z.infer<typeof LineageEdge>;

/**
 * What made a thing and what was made of it. Nodes are in order: the things asked for and what made them, nearest first;
 * then what was made of them, nearest first. No node is there twice, and each edge joins two nodes that are there.
 */
export const LineageGraph = z.strictObject({
  /** ids of the nodes that were asked for: a model version stands for its model too; none if it is unknown */
  asked: z.array(z.string()),
  nodes: z.array(LineageNode),
  edges: z.array(LineageEdge),
  /** how many more things there are, further away than the limit of what one graph holds */
  leftOut: z.number().int().min(0),
});
export type LineageGraph = z.infer<typeof LineageGraph>;
