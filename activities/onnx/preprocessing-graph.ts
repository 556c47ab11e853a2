import type { Column, Feature } from '../../schemas/index.js';
import { centredMeans } from '../../statistics/target-means.js';
import { domains, type ElementType, elementTypes, type OnnxGraph } from './onnx-graph.js';

/** A raw column and how it enters the model. Missing is NaN, the smallest int64, false, or the empty string. */
export interface GraphInput {
  readonly name: string;
  readonly element: ElementType;
}

/** What of a plan decides how a column enters. */
export interface InputPlan {
  /** names of columns that had a value in every training row */
  readonly complete: readonly string[];
  readonly features: readonly Feature[];
}

/**
 * Whole numbers come as what they are where none was ever missing: tables of Python hold them as int64 then, else as double.
 * A number that has a center comes as double, because float would round it first; a yes or no as bool where it was never
 * missing.
 */
export function graphInput({ name, type }: Column, { complete, features }: InputPlan): GraphInput {
  if (type === 'integer' && complete.includes(name)) return { name, element: 'int64' };
  const own = features.filter(({ column }) => column === name);
  if (own.some((feature) => feature.kind === 'boolean' && feature.complete)) return { name, element: 'bool' };
  const isCentred = own.some((feature) => centerOf(feature) !== undefined);
  return { name, element: isCentred && elementOf[type] === 'float' ? 'double' : elementOf[type] };
}

const centerOf = (feature: Feature) => (feature.kind === 'numeric' ? feature.center : undefined);

const elementOf: Record<Column['type'], ElementType> = {
  number: 'float',
  integer: 'float',
  boolean: 'float',
  timestamp: 'int64',
  string: 'string',
};

export const missingWhole = -(2n ** 63n);

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** 1970-01-01 was a Thursday, day 4 where Sunday is 0. */
const firstWeekday = 4;

/**
 * Raw columns → features, as ONNX nodes: inputs named as the dataset's columns (see `inputShape`), and the feature
 * matrix float[N, features], where what is infinite is missing.
 */
export function preprocessingGraph(
  graph: OnnxGraph,
  inputs: readonly GraphInput[],
  features: readonly Feature[],
): string {
  const values = declareInputs(graph, inputs);
  const columns = features.map((feature) => column(graph, featureValue(graph, feature, values)));
  const matrix =
    columns.length === 1 ? columns[0]! : graph.node('Concat', columns, { axis: { kind: 'int', value: 1 } });
  return graph.node('Where', [graph.node('IsInf', [matrix]), graph.floats([Number.NaN], []), matrix]);
}

/** [N] for each of several inputs; the only input of a model is [N, 1], because that is how MLflow feeds a lone column. */
export function inputShape<T>(inputs: readonly unknown[], rows: T): (T | 1)[] {
  return inputs.length === 1 ? [rows, 1] : [rows];
}

export interface InputValue {
  /** what nodes call it; of shape [N] */
  readonly value: string;
  readonly element: ElementType;
}

/** Declares the inputs. */
export function declareInputs(graph: OnnxGraph, inputs: readonly GraphInput[]): Map<string, InputValue> {
  const shape = inputShape(inputs, 'N');
  const declare = ({ name, element }: GraphInput): [string, InputValue] => {
    const input = graph.input(name, element, shape);
    const value = shape.length > 1 ? graph.node('Reshape', [input, graph.ints([-1], [1])]) : input;
    return [name, { value, element }];
  };
  return new Map(inputs.map(declare));
}

/** The feature as float[N]. */
function featureValue(graph: OnnxGraph, feature: Feature, values: ReadonlyMap<string, InputValue>): string {
  const input = values.get(feature.column);
  if (input === undefined) throw new Error(`feature "${feature.name}" reads "${feature.column}", which is no input`);
  const { value } = input;
  switch (feature.kind) {
    case 'numeric':
    case 'boolean':
      return numberValue(graph, input, centerOf(feature));
    case 'minuteOfDay':
      return fromWhole(graph, value, minuteOfDay);
    case 'dayOfWeek':
      return fromWhole(graph, value, dayOfWeek);
    case 'targetMean':
      return targetMean(graph, value, feature);
  }
}

/** Rounded to float once, after its center was taken off in double. */
function numberValue(graph: OnnxGraph, { value, element }: InputValue, center: number | undefined): string {
  if (element === 'bool') return cast(graph, value, 'float');
  if (center === undefined) return element === 'int64' ? fromWhole(graph, value, (_, whole) => whole) : value;
  if (element === 'int64')
    return fromWhole(graph, value, (_, whole) => centred(graph, cast(graph, whole, 'double'), center));
  return cast(graph, centred(graph, value, center), 'float');
}

const centred = (graph: OnnxGraph, value: string, center: number) =>
  graph.node('Sub', [value, graph.doubles([center], [])]);

const cast = (graph: OnnxGraph, value: string, to: ElementType) =>
  graph.node('Cast', [value], { to: { kind: 'int', value: elementTypes[to] } });

type Whole = (graph: OnnxGraph, value: string) => string;

/** Computed from int64, where a day does not lose its minutes, then float; NaN where the value is missing. */
function fromWhole(graph: OnnxGraph, value: string, compute: Whole): string {
  const isMissing = graph.node('Equal', [value, graph.ints([missingWhole], [])]);
  const known = graph.node('Where', [isMissing, graph.ints([0], []), value]);
  const whole = compute(graph, known);
  const float = cast(graph, whole, 'float');
  return graph.node('Where', [isMissing, graph.floats([Number.NaN], []), float]);
}

/** Mod takes the divisor's sign, so it is right before 1970 too; Div truncates, so it only divides what is not negative. */
const minuteOfDay: Whole = (graph, ms) => {
  const inDay = graph.node('Mod', [ms, graph.ints([dayMs], [])]);
  return graph.node('Div', [inDay, graph.ints([minuteMs], [])]);
};

/** 0 is Sunday. */
const dayOfWeek: Whole = (graph, ms) => {
  const inDay = graph.node('Mod', [ms, graph.ints([dayMs], [])]);
  const midnight = graph.node('Sub', [ms, inDay]);
  const day = graph.node('Div', [midnight, graph.ints([dayMs], [])]);
  const shifted = graph.node('Add', [day, graph.ints([firstWeekday], [])]);
  return graph.node('Mod', [shifted, graph.ints([7], [])]);
};

function targetMean(graph: OnnxGraph, value: string, feature: Extract<Feature, { kind: 'targetMean' }>): string {
  const { means: all, fallback } = centredMeans(feature);
  const known = feature.categories.map((name, i) => ({ name, mean: all[i]! })).filter(({ name }) => name !== '');
  // LabelEncoder wants at least one key; the empty string is "missing", whatever its mean.
  const keys = known.length === 0 ? [''] : known.map(({ name }) => name);
  const means = known.length === 0 ? [fallback] : known.map(({ mean }) => mean);
  return graph.node({ op: 'LabelEncoder', domain: domains.ml }, [value], {
    keys_strings: { kind: 'strings', value: keys },
    values_floats: { kind: 'floats', value: means },
    default_float: { kind: 'float', value: fallback },
  });
}

/** [N] → [N, 1]. */
function column(graph: OnnxGraph, value: string): string {
  return graph.node('Reshape', [value, graph.ints([-1, 1], [2])]);
}
