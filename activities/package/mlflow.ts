import { stringify } from 'yaml';
import type { Column, Digest, ModelSignature } from '../../schemas/index.js';
import type { Precision } from '../onnx/onnx-model.js';
import type { GoldenRows } from './golden.js';

/** What the package was tried with; see the interop lane `mlflow`. */
const pythonVersion = '3.11.7';
const onnxVersion = '1.17.0';
/** From pandas 3 on, MLflow hands text columns to ONNX Runtime in a form that it refuses. */
const requirements = ['mlflow>=3,<4', `onnx>=${onnxVersion}`, 'onnxruntime>=1.24.2', 'pandas>=2,<3'];

/** MLflow's column types: missing values need floating point; times are epoch milliseconds. */
const columnTypes: Record<Column['type'], string> = {
  number: 'double',
  integer: 'double',
  boolean: 'double',
  timestamp: 'long',
  string: 'string',
};

const answerTypes: Record<Precision, string> = { float32: 'float', float64: 'double' };

interface DescribedModel {
  readonly signature: ModelSignature;
  readonly modelDigest: Digest;
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
    'input_example.json': `${JSON.stringify(inputExample(described.signature, golden))}\n`,
  };
}

function mlmodel({ signature: { inputs, output }, modelDigest, precision }: DescribedModel) {
  const columns = inputs.map(({ name, type }) => ({ type: columnTypes[type], name, required: true }));
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

function inputExample({ inputs }: ModelSignature, { rows, expected }: GoldenRows) {
  const data = expected
    .slice(0, 5)
    .map((_, row) => inputs.map((column, c) => exampleValue(rows[c]?.[row] ?? null, column)));
  return { columns: inputs.map(({ name }) => name), data };
}

function exampleValue(value: number | string | boolean | null, { type }: Column): number | string | null {
  if (type === 'string') return value === null ? '' : String(value);
  if (type === 'timestamp') return value === null ? Number('-9223372036854775808') : Number(value);
  return value === null ? null : Number(value);
}
