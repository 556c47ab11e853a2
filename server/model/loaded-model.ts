import { type Answers, OnnxModel } from '../../activities/onnx/onnx-model.js';
import type { PackageManifest } from '../../schemas/index.js';
import { refuse } from '../http/request-refused.js';
import type { Value } from './column-values.js';

/** A package's model in memory, asked with values that a request brought. */
export class LoadedModel {
  readonly manifest: PackageManifest;
  readonly #model: OnnxModel;

  private constructor(manifest: PackageManifest, model: OnnxModel) {
    this.manifest = manifest;
    this.#model = model;
  }

  /** From verified bytes; see `OnnxModel.open`. */
  static async load(bytes: Uint8Array, manifest: PackageManifest): Promise<LoadedModel> {
    return new LoadedModel(manifest, await OnnxModel.open(bytes, manifest.signature, refuseUnfit));
  }

  get precision(): OnnxModel['precision'] {
    return this.#model.precision;
  }

  /** `columns[column][row]` in the order of the signature; one output per row. */
  score(columns: readonly (readonly Value[])[], rows: number): Promise<Answers> {
    return this.#model.score(columns, rows);
  }

  release(): Promise<void> {
    return this.#model.release();
  }
}

/** A number that the model would take for another one is refused like any other wrong value. */
function refuseUnfit(column: string, row: number, value: number): never {
  const why = Number.isInteger(value) ? 'too large' : 'not whole, as the model wants it';
  throw refuse('invalid_value', `Column "${column}", row ${row}: ${value} is ${why}.`, column);
}
