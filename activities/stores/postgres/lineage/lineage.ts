import type { Pool } from 'pg';
import type { LineageEdge, LineageGraph, LineageNode } from '../../../../schemas/index.js';
import { type FoundPrediction, findPredictions, findRetired } from './prediction.js';
import { nodesOf, walkDown, walkUp } from './sql.js';

/** No graph is deeper, or drawn further; what lies beyond is left out, and counted. */
const limits = { depth: 32, nodes: 500 };

/**
 * A prediction id, the name of a request, `model@version`, `dataset@version` (without a version: the newest), digest or run id is first turned into
 * the names that edges use for it (see EdgeRow); from there the edges are walked up to what made it and down to what was
 * made of it, and the tables say what each name stands for. Predictions are left out of what was made, because they are
 * many. What the ledger itself names comes before the name of a request, which its caller chose.
 */
export async function lineage(pool: Pool, id: string): Promise<LineageGraph> {
  const { rows } = await pool.query<{ name: string }>(nodesOf, [id]);
  const names = rows.map((row) => row.name);
  if (names.length > 0) return graphOf(pool, names);
  const predictions = await findPredictions(pool, id);
  if (predictions.length > 0) return graphOfPredictions(pool, predictions);
  const retired = await findRetired(pool, id);
  const [asked, nodes] = retired ? [[retired.id], [retired]] : [[], []];
  return { asked, nodes, edges: [], leftOut: 0 };
}

/** Several share what made them: no node or edge is there twice. */
async function graphOfPredictions(pool: Pool, found: readonly FoundPrediction[]): Promise<LineageGraph> {
  const walked = await walk(pool, walkUp, [...new Set(found.map(({ of }) => of))]);
  const made = await joined(pool, walked);
  const versionOf = (of: string) => made.nodes.find(({ digest }) => digest === of);
  const answered = found.flatMap(({ of, node }): LineageEdge[] => {
    const version = versionOf(of);
    return version ? [{ from: version.id, relation: 'predicted', to: node.id }] : [];
  });
  const nodes = [...found.map(({ node }) => node), ...found.flatMap(({ beside }) => beside.nodes), ...made.nodes];
  return {
    asked: found.map(({ node }) => node.id),
    nodes: [...new Map(nodes.map((node) => [node.id, node])).values()],
    edges: [...answered, ...found.flatMap(({ beside }) => beside.edges), ...made.edges],
    leftOut: beyond(walked),
  };
}

/** What is monitored is the model, and it is the version that is asked for: it stands for both. */
async function graphOf(pool: Pool, names: readonly string[]): Promise<LineageGraph> {
  const models = await pool.query<{ name: string }>(
    'select distinct model_digest as name from model_version where package_digest = any ($1)',
    [names],
  );
  const start = [...names, ...models.rows.map((row) => row.name)];
  const walks = [await walk(pool, walkUp, names), await walk(pool, walkDown, start)];
  const found = walks.flat();
  const asked = found.filter(({ name }) => name !== null && start.includes(name)).map(({ id }) => id);
  return { asked: [...new Set(asked)], ...(await joined(pool, found)), leftOut: sum(walks.map(beyond)) };
}

interface FoundNode extends Omit<LineageNode, 'createdAt'> {
  /** what edges call it; null for an approval, which has none */
  readonly name: string | null;
  /** the node that an approval let through */
  readonly approves: string | null;
  readonly at: Date | null;
  /** how many names the walk came to, those beyond the limit too */
  readonly reached: number;
}

const beyond = ([one]: readonly FoundNode[]): number => Math.max(0, (one?.reached ?? 0) - limits.nodes);

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

async function walk(pool: Pool, sql: string, start: readonly string[]): Promise<FoundNode[]> {
  const { rows } = await pool.query<FoundNode>(sql, [start, limits.depth, limits.nodes]);
  return rows;
}

/** Two datasets of one content share a name of edges: an edge of theirs is one of each. */
async function joined(pool: Pool, found: readonly FoundNode[]): Promise<Pick<LineageGraph, 'nodes' | 'edges'>> {
  const nodes = new Map(found.toReversed().map((node) => [node.id, node]));
  const inOrder = found.filter((node) => nodes.get(node.id) === node);
  const idsOf = (name: string) => inOrder.filter((node) => node.name === name).map(({ id }) => id);
  const { rows } = await pool.query<LineageEdge>(
    `select from_id as from, relation, to_id as to from lineage_edge
     where from_id = any ($1) and to_id = any ($1) order by seq, 1, 2, 3`,
    [inOrder.map(({ name }) => name)],
  );
  const made = rows.flatMap(({ from, relation, to }) =>
    idsOf(from).flatMap((a) => idsOf(to).map((b) => ({ from: a, relation, to: b }))),
  );
  return { nodes: inOrder.map(shown), edges: [...inOrder.flatMap(approving), ...made] };
}

const shown = ({ id, kind, label, digest, at, detail }: FoundNode): LineageNode => ({
  id,
  kind,
  label,
  digest,
  createdAt: at?.toISOString() ?? null,
  detail,
});

const approving = ({ id, approves }: FoundNode): LineageEdge[] =>
  approves === null ? [] : [{ from: id, relation: 'approved', to: approves }];
