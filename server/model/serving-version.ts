import type { SlottedVersion } from '../processes/process-messages.js';
import { newTraffic, type Traffic } from '../processes/traffic.js';
import { isoTime, logText, type Value } from './column-values.js';
import type { ExampleRow } from './example-row.js';
import type { LoadedPackage } from './load-package.js';
import type { LoadedModel } from './loaded-model.js';
import { type AnsweredRows, SignatureReader } from './request-rows.js';

/** A version as a serving process holds it: the model and everything about it that no request should work out again. */
export class ServingVersion {
  readonly slotted: SlottedVersion;
  readonly loaded: LoadedModel;
  readonly example: ExampleRow;
  readonly reader: SignatureReader;
  /** response headers that name the version, flat */
  readonly headers: readonly string[];
  readonly outputName: string;
  traffic: Traffic = newTraffic();
  /** requests being answered: it is released when there are none */
  inFlight = 0;
  readonly #recordMiddle: string;
  readonly #columnKeys: readonly string[];
  readonly #timeIndex: number;

  constructor(slotted: SlottedVersion, { loaded, example }: LoadedPackage) {
    const { signature } = loaded.manifest;
    const { model, environment, version } = slotted;
    this.slotted = slotted;
    this.loaded = loaded;
    this.example = example;
    this.reader = new SignatureReader(signature.inputs, signature.output.name);
    this.outputName = signature.output.name;
    this.headers = [
      'x-model-name',
      model,
      'x-model-version',
      String(version.version),
      'x-model-digest',
      version.modelDigest,
    ];
    const fixed = { model, version: version.version, modelDigest: version.modelDigest, environment };
    this.#recordMiddle = `,${JSON.stringify(fixed).slice(1, -1)},"at":"`;
    this.#columnKeys = signature.inputs.map(({ name }, i) => `${i === 0 ? '' : ','}${JSON.stringify(name)}:`);
    this.#timeIndex = this.reader.indexOf(signature.timeColumn);
  }

  /** The lines of the prediction log for one answered request: `PredictionRecord`s, put together by hand. */
  logLines(answered: AnsweredRows): string {
    const { requestId, predictionId, input } = answered;
    const middle = `","requestId":${JSON.stringify(requestId)}${this.#recordMiddle}`;
    if (input.rows === 1) return this.#logLine(answered, 0, predictionId + middle);
    const lines = new Array<string>(input.rows);
    for (let row = 0; row < input.rows; row++)
      lines[row] = this.#logLine(answered, row, `${predictionId}:${row}${middle}`);
    return lines.join('\n');
  }

  #logLine({ input: { columns }, outputs, at }: AnsweredRows, row: number, ids: string): string {
    const time = this.#timeIndex === -1 ? null : (columns[this.#timeIndex]?.[row] as number | null);
    let inputs = '';
    for (let i = 0; i < this.#columnKeys.length; i++) {
      const type = this.reader.columns[i]?.type ?? 'string';
      inputs += (this.#columnKeys[i] as string) + logText(type, columns[i]?.[row] as Value);
    }
    const eventAt = time === null ? at : isoTime(time);
    return `{"predictionId":"${ids}${at}","eventAt":"${eventAt}","inputs":{${inputs}},"output":${outputs[row]}}`;
  }
}
