import { createRequire } from 'node:module';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { failure, type ModelSignature } from '../../schemas/index.js';
import { admitModel } from './admission.js';
import { type MakeTensor, type RawValue, type TooLarge, tensorInput } from './tensor-input.js';

/** What of a signature decides how a model is asked. */
export type ModelInterface = Pick<ModelSignature, 'inputs' | 'output'>;

/** One answer per row. */
export type Answers = Float32Array | Float64Array;

/** A model in memory: the one way from raw values to answers, for serving, parity and comparing alike. */
export class OnnxModel {
  /** of each answer */
  readonly precision: 'float32' | 'float64';
  readonly #session: InferenceSession;
  readonly #inputs: readonly { name: string; makeTensor: MakeTensor }[];
  readonly #outputName: string;
  readonly #fetches: readonly string[];

  private constructor(session: InferenceSession, { inputs, output }: ModelInterface, tooLarge: TooLarge) {
    this.#session = session;
    this.#inputs = inputs.map((column) => ({ name: column.name, makeTensor: tensorInput(column, session, tooLarge) }));
    this.#outputName = outputOf(session, output.name);
    this.#fetches = [this.#outputName];
    this.precision = precisionOf(session, this.#outputName);
    refuseOtherInputs(session, inputs);
  }

  /**
   * From verified bytes: loaded from memory, a model cannot refer to other files. One thread, for steady latency and the
   * same sums. Inference blocks the event loop. MODEL_REFUSED when the model is not admitted or does not fit.
   */
  static async open(bytes: Uint8Array, signature: ModelInterface, tooLarge: TooLarge): Promise<OnnxModel> {
    admitModel(bytes);
    const session = await InferenceSession.create(bytes, oneThread).catch((cause: Error) => {
      throw failure('MODEL_REFUSED', `ONNX Runtime does not load the model: ${cause.message}`, { cause: cause });
    });
    return new OnnxModel(session, signature, tooLarge);
  }

  /**
   * `columns[column][row]` in the order of the signature: numbers (booleans may be 0 and 1, times are epoch
   * milliseconds), text, null for missing. One answer per row; NaN and infinity are answers like any other.
   */
  async score(columns: readonly (readonly RawValue[])[], rows: number): Promise<Answers> {
    const feeds: Record<string, Tensor> = {};
    for (let i = 0; i < this.#inputs.length; i++) {
      const input = this.#inputs[i] as { name: string; makeTensor: MakeTensor };
      feeds[input.name] = input.makeTensor(columns[i] as readonly RawValue[], rows);
    }
    const results = await this.#session.run(feeds, this.#fetches);
    return perRow((results[this.#outputName] as Tensor).data, rows);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

const oneThread = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  logSeverityLevel: 4,
} as const;

/** The version of the engine that answers. */
export function runtimeVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  return version;
}

function precisionOf(session: InferenceSession, name: string): OnnxModel['precision'] {
  const output = session.outputMetadata[session.outputNames.indexOf(name)];
  if (output?.isTensor && (output.type === 'float32' || output.type === 'float64')) return output.type;
  throw failure('MODEL_REFUSED', `The output "${name}" of the model is not floating point.`);
}

/** A classifier may give both classes' probabilities per row; the second is that of the positive class. */
function perRow(data: Tensor['data'], rows: number): Answers {
  if (!(data instanceof Float32Array || data instanceof Float64Array))
    throw failure('MODEL_REFUSED', 'The output of the model is not floating point.');
  if (data.length === rows) return data;
  if (data.length === 2 * rows) return data.filter((_, i) => i % 2 === 1);
  throw failure('MODEL_REFUSED', `The model gave ${data.length} outputs for ${rows} rows.`);
}

function outputOf(session: InferenceSession, name: string): string {
  if (session.outputNames.includes(name)) return name;
  const [only, ...more] = session.outputNames;
  if (only !== undefined && more.length === 0) return only;
  throw failure('MODEL_REFUSED', `The model has no output "${name}".`, { outputs: session.outputNames });
}

function refuseOtherInputs(session: InferenceSession, inputs: ModelInterface['inputs']): void {
  const known = new Set(inputs.map((column) => column.name));
  const others = session.inputNames.filter((name) => !known.has(name));
  if (others.length > 0)
    throw failure('MODEL_REFUSED', `The model wants inputs that its signature lacks: ${others.join(', ')}.`);
}
