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
    return new LoadedModel(manifest, await OnnxModel.open(bytes, manifest.signature, refuseTooLarge));
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

/** Beyond float32 a number would become Infinity, which is refused like any other. */
function refuseTooLarge(column: string, row: number, value: number): never {
  throw refuse('invalid_value', `Column "${column}", row ${row}: ${value} is too large.`, column);
}
