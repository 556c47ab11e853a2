import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { failure, type PackageManifest } from '../../schemas/index.js';
import type { Value } from './column-values.js';
import { type MakeTensor, tensorInput } from './tensor-input.js';

/** A model in memory: the one way from checked raw values to outputs, for serving and for checks alike. */
export class LoadedModel {
  readonly manifest: PackageManifest;
  readonly #session: InferenceSession;
  readonly #inputs: readonly { name: string; makeTensor: MakeTensor }[];
  readonly #outputName: string;
  readonly #fetches: readonly string[];

  private constructor(manifest: PackageManifest, session: InferenceSession) {
    const { inputs, output } = manifest.signature;
    this.manifest = manifest;
    this.#session = session;
    this.#inputs = inputs.map((column) => ({ name: column.name, makeTensor: tensorInput(column, session) }));
    this.#outputName = outputOf(session, output.name);
    this.#fetches = [this.#outputName];
    refuseOtherInputs(session, manifest);
  }

  /** From verified bytes: loaded from memory, a model cannot refer to other files. One thread, for steady latency. */
  static async load(bytes: Uint8Array, manifest: PackageManifest): Promise<LoadedModel> {
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' } as const;
    const session = await InferenceSession.create(bytes, options).catch((cause: Error) => {
      throw failure('MODEL_REFUSED', `ONNX Runtime does not load the model: ${cause.message}`, {}, cause);
    });
    return new LoadedModel(manifest, session);
  }

  /** `columns[column][row]` in the order of the signature; one output per row. */
  async score(columns: readonly (readonly Value[])[], rows: number): Promise<Float32Array | Float64Array> {
    const feeds: Record<string, Tensor> = {};
    for (let i = 0; i < this.#inputs.length; i++) {
      const input = this.#inputs[i] as { name: string; makeTensor: MakeTensor };
      feeds[input.name] = input.makeTensor(columns[i] as readonly Value[], rows);
    }
    const results = await this.#session.run(feeds, this.#fetches);
    return perRow((results[this.#outputName] as Tensor).data, rows);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** A classifier may give both classes' probabilities per row; the second is that of the positive class. */
function perRow(data: Tensor['data'], rows: number): Float32Array | Float64Array {
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

function refuseOtherInputs(session: InferenceSession, { signature }: PackageManifest): void {
  const known = new Set(signature.inputs.map((column) => column.name));
  const others = session.inputNames.filter((name) => !known.has(name));
  if (others.length > 0)
    throw failure('MODEL_REFUSED', `The model wants inputs that its signature lacks: ${others.join(', ')}.`);
}
