import { asVisibleLine, type LineageGraph, type LineageNode } from '../../schemas/index.js';
import { shortDigests } from './short-digests.js';

/** What was asked for and all that went into its making, in the graph's order. */
export function ancestors({ asked, nodes, edges }: LineageGraph): LineageNode[] {
  const reached = new Set(asked);
  for (const id of reached) for (const { from, to } of edges) if (to === id) reached.add(from);
  return nodes.filter(({ id }) => reached.has(id));
}

/** The others: what was made of it, nearest first. */
export function descendants(graph: LineageGraph): LineageNode[] {
  const made = new Set(ancestors(graph));
  return graph.nodes.filter((node) => !made.has(node));
}

/** prediction ← model version ← run ← dataset version ← sources, each one step further in. */
export function tree(graph: LineageGraph): string {
  const nodes = ancestors(graph);
  const parents = parentsOf(graph);
  const childrenOf = (id: string | null) => {
    const children = nodes.filter((node) => (parents.get(node.id) ?? null) === id);
    return children.toSorted((a, b) => Number(isMade(graph, a)) - Number(isMade(graph, b)));
  };
  const draw = (node: LineageNode): string[] => [inWords(node), ...childrenOf(node.id).flatMap(branch)];
  const branch = (node: LineageNode, i: number, { length }: { length: number }) => {
    const [corner, bar] = i === length - 1 ? ['└─ ', '   '] : ['├─ ', '│  '];
    return draw(node).map((line, at) => (at === 0 ? corner : bar) + line);
  };
  return childrenOf(null).flatMap(draw).join('\n');
}

export const inWords = ({ kind, label, detail }: LineageNode) =>
  asVisibleLine(`${kind} ${label}${detail ? `: ${detail}` : ''}`);

/** As a terminal has room for it: 12 digits of a digest, and of a file's or blob's address its end. */
export function shortened(text: string): string {
  return shortDigests(text.replace(/\b(?:file|s3):\/\/\S*\/(?=[^\s/]+)/g, '…/'));
}

/** What nothing led to is a leaf; leaves are drawn first. */
const isMade = ({ edges }: LineageGraph, { id }: LineageNode) => edges.some(({ to }) => to === id);

/**
 * Below which node each one is drawn: of all that it went into, the one furthest from what was asked for, so that nothing
 * stands above what it made. What was asked for stands at the left, unless it led to something else that was asked for.
 */
function parentsOf({ asked, edges }: LineageGraph): Map<string, string> {
  const order = fromAsked(asked, edges);
  const place = new Map(order.map((id, i) => [id, i]));
  const depths = new Map<string, number>();
  const parents = new Map<string, string>();
  for (const id of order) {
    const depth = (depths.get(id) ?? 0) + 1;
    for (const { from } of edges.filter(({ to }) => to === id)) {
      const isBelow = (place.get(from) ?? 0) > (place.get(id) ?? 0); // false in a circle
      if (!isBelow || depth <= (depths.get(from) ?? 0)) continue;
      depths.set(from, depth);
      parents.set(from, id);
    }
  }
  return parents;
}

/** Every ancestor after all that it went into (the reverse of a depth-first search's order of leaving). */
function fromAsked(asked: readonly string[], edges: LineageGraph['edges']): string[] {
  const entered = new Set<string>();
  const left: string[] = [];
  const visit = (id: string): void => {
    if (entered.has(id)) return;
    entered.add(id);
    for (const { from, to } of edges) if (to === id) visit(from);
    left.push(id);
  };
  for (const id of asked) visit(id);
  return left.toReversed();
}
