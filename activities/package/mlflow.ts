import { stringify } from 'yaml';
import type { Digest, ModelSignature } from '../../schemas/index.js';
import type { Precision } from '../onnx/onnx-model.js';
import type { GoldenRows } from './golden.js';

/** What the package was tried with; see the interop lane `mlflow`. */
const pythonVersion = '3.11.7';
const onnxVersion = '1.17.0';
/** From pandas 3 on, MLflow hands text columns to ONNX Runtime in a form that it refuses. */
const requirements = ['mlflow>=3,<4', `onnx>=${onnxVersion}`, 'onnxruntime>=1.24.2', 'pandas>=2,<3'];

/** MLflow's column types, by the elements of the model's own inputs: what it lets through is what the model takes. */
const columnTypes: Record<number, ColumnType> = { 1: 'double', 7: 'long', 8: 'string', 9: 'boolean', 11: 'double' };
type ColumnType = 'double' | 'long' | 'string' | 'boolean';

const answerTypes: Record<Precision, string> = { float32: 'float', float64: 'double' };

interface DescribedModel {
  readonly signature: ModelSignature;
  readonly modelDigest: Digest;
  /** of the model's inputs, see `elementTypesOf` */
  readonly elementTypes: ReadonlyMap<string, number>;
  /** of the model's own answers: what another engine gets from the same file */
  readonly precision: Precision;
}

/**
 * The files that make a folder with `model.onnx` an MLflow model (flavours onnx and python_function), for `mlflow.onnx`,
 * `mlflow.pyfunc` and `mlflow models serve`. No time and no random id: equal packages are equal bytes.
 */
export function mlflowFiles(described: DescribedModel, golden: GoldenRows): Record<string, string> {
  return {
    MLmodel: stringify(mlmodel(described), { lineWidth: 0 }),
    'requirements.txt': `${requirements.join('\n')}\n`,
    'python_env.yaml': stringify({
      python: pythonVersion,
      build_dependencies: ['pip'],
      dependencies: ['-r requirements.txt'],
    }),
    'input_example.json': `${inputExample(described, golden)}\n`,
  };
}

const typeOf = ({ elementTypes }: DescribedModel, name: string): ColumnType =>
  columnTypes[elementTypes.get(name) ?? 0] ?? 'double';

function mlmodel(described: DescribedModel) {
  const { signature, modelDigest, precision } = described;
  const { inputs, output } = signature;
  const columns = inputs.map(({ name }) => ({ type: typeOf(described, name), name, required: true }));
  return {
    flavors: {
      onnx: { code: null, data: 'model.onnx', onnx_version: onnxVersion, providers: ['CPUExecutionProvider'] },
      python_function: {
        data: 'model.onnx',
        env: { virtualenv: 'python_env.yaml' },
        loader_module: 'mlflow.onnx',
        python_version: pythonVersion,
      },
    },
    model_uuid: modelDigest.slice(0, 32),
    saved_input_example_info: { artifact_path: 'input_example.json', pandas_orient: 'split', type: 'dataframe' },
    signature: {
      inputs: JSON.stringify(columns),
      outputs: JSON.stringify([{ type: answerTypes[precision], name: output.name, required: true }]),
    },
  };
}

/**
 * Each number as its column's type: MLflow takes `1` for an int64, and hands no int64 to a column of doubles. JSON by hand,
 * because here 1.0 is no 1.
 */
function inputExample(described: DescribedModel, { rows, expected }: GoldenRows): string {
  const { inputs } = described.signature;
  const data = expected
    .slice(0, 5)
    .map(
      (_, row) =>
        `[${inputs.map((column, c) => exampleValue(rows[c]?.[row] ?? null, typeOf(described, column.name))).join(',')}]`,
    );
  return `{"columns":${JSON.stringify(inputs.map(({ name }) => name))},"data":[${data.join(',')}]}`;
}

function exampleValue(value: number | string | boolean | null, type: ColumnType): string {
  if (type === 'string') return JSON.stringify(value === null ? '' : String(value));
  if (type === 'boolean') return String(Boolean(value));
  if (type === 'long') return value === null ? '-9223372036854775808' : String(Number(value));
  return value === null ? 'null' : asDouble(Number(value));
}

const asDouble = (value: number): string =>
  Number.isInteger(value) ? JSON.stringify(value).replace(/^-?\d+$/, '$&.0') : JSON.stringify(value);
