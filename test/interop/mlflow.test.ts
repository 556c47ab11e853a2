import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { trainers } from '../../activities/adapters.js';
import { createPackageActivities } from '../../activities/package.js';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { createTrainActivities } from '../../activities/train.js';
import { TrainInput } from '../../schemas/index.js';
import { pythonVenv, runPython } from '../../scripts/servers/python-venv.js';
import { type DataFixture, dataFixture, planned } from '../integration/data-fixture.js';
import { createDatabase } from '../integration/ledger-database.js';

const origin = { workflowId: 'interop/mlflow', step: 'train' };
const requirements = [
  ['mlflow==3.17.2', 'onnx', 'onnxruntime', 'pandas>=2,<3'],
  ['mlflow>=3,<4', 'onnx', 'onnxruntime', 'pandas>=2,<3'],
];

/** Loads the folder as MLflow does, and lets it answer the golden rows as a DataFrame of raw values. */
const script = `
import json, sys, os
import numpy as np, pandas as pd, onnx, onnxruntime, mlflow, mlflow.onnx, mlflow.pyfunc
folder = json.loads(sys.argv[1])["folder"]
golden = json.load(open(os.path.join(folder, "golden.json")))
proto = mlflow.onnx.load_model(folder)
onnx.checker.check_model(proto, full_check=True)
model = mlflow.pyfunc.load_model(folder)
frame = {}
for column, values in zip(model.metadata.signature.inputs, golden["rows"]):
    kind = column.type.name
    if kind == "string":
        frame[column.name] = pd.Series(["" if v is None else v for v in values], dtype=object)
    elif kind == "boolean":
        frame[column.name] = np.array([bool(v) for v in values], dtype=bool)
    elif kind == "long":
        frame[column.name] = np.array([-2**63 if v is None else v for v in values], dtype=np.int64)
    else:
        frame[column.name] = np.array([np.nan if v is None else float(v) for v in values], dtype=np.float64)
frame = pd.DataFrame(frame)
expected = np.array(golden["expected"])
answers = model.predict(frame)
session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
feeds = {i.name: frame[i.name].to_numpy().reshape([-1] + [1] * (len(i.shape) - 1)) for i in session.get_inputs()}
types = {i.name: i.type for i in session.get_inputs()}
feeds = {n: v.astype(np.float32) if types[n] == "tensor(float)" else v for n, v in feeds.items()}
direct = session.run(None, feeds)[0]
example = model.predict(model.input_example if model.input_example is not None else frame.head(2))
raw = json.load(open(os.path.join(folder, "input_example.json")))
by_hand = model.predict(pd.DataFrame(raw["data"], columns=raw["columns"]))
print(json.dumps({
    "mlflow": mlflow.__version__, "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__,
    "columns": list(answers.columns), "rows": len(answers), "exampleRows": len(example), "exampleByHand": float(np.abs(by_hand.iloc[:, 0].to_numpy() - expected[: len(by_hand)]).max()),
    "pyfunc": float(np.abs(answers.iloc[:, 0].to_numpy() - expected).max()),
    "onnxFlavour": float(np.abs(direct - expected).max()),
}))
`;
const Report = z.object({
  mlflow: z.string(),
  onnx: z.string(),
  onnxruntime: z.string(),
  columns: z.array(z.string()),
  rows: z.number(),
  exampleRows: z.number(),
  exampleByHand: z.number(),
  pyfunc: z.number(),
  onnxFlavour: z.number(),
});

let python: string | null = null;
let data: DataFixture;
let stores: PostgresStores;

beforeAll(async () => {
  python = await pythonVenv('mlflow', requirements);
  if (python === null) return console.warn('SKIPPED: the lane "mlflow" needs python3 and a Python package registry.');
  data = dataFixture();
  await data.parquet(
    'trips.parquet',
    `SELECT TIMESTAMP '1969-12-01' + to_seconds(i * 864 + 7) AS "départ", (i * 7919) % 1009 / 10.0 AS "distance ""km""",
      CASE WHEN i % 13 = 0 THEN NULL ELSE ['Köln', 'Łódź', '東京'][1 + (i * 31) % 3] END AS city,
      CASE WHEN i % 17 = 0 THEN NULL ELSE i % 3 = 0 END AS express, i % 5 = 0 AS vip, 1700000000.5 + i % 60 AS second, (i * 6151) % 97 AS seats,
      ((i * 7919) % 1009) / 20.0 + (i * 8191) % 23 AS delay FROM range(6000) t(i)`,
  );
  const databaseUrl = await createDatabase('interop_mlflow');
  await migrate(databaseUrl);
  stores = await openStores({ databaseUrl });
  const collected = await data.collect({ sources: [{ name: 'trips', path: 'trips.parquet' }] });
  const label = { rule: 'delay > 35', knownAt: '"départ" + to_minutes(90)', timeColumn: 'départ' };
  const labelled = await data.label(collected.fact.digest, label);
  await stores.ledger.appendAll([collected.fact, labelled.fact]);
}, 1_800_000);
afterAll(async () => {
  await stores?.close();
  data?.close();
});

/** The files of a package of that model, in a folder. */
async function packageFolder(model: string, change: Record<string, unknown>): Promise<string> {
  const training = createTrainActivities({ ...data.ports, ...stores, trainers });
  const input = TrainInput.parse({ model, dataset: { name: 'd-labelled' }, ...change });
  const { trials, plan } = await planned(training, input, origin);
  const results = await Promise.all(trials.map((trial) => training.runTrial({ model, plan, trial }, origin)));
  await training.chooseBestRun({ train: input, plan, results }, origin);
  const version = await createPackageActivities({ ...data.ports, ...stores }).packageRun({ model }, origin);
  const folder = join(data.folder, 'packages', model);
  await mkdir(folder, { recursive: true });
  for (const { path, digest } of version.files) await data.ports.blobs.download(digest, join(folder, path));
  return folder;
}

describe('a package in MLflow', () => {
  it.each([
    ['all-columns', {}, 'gbt'],
    ['linear-model', {}, 'linear'],
    ['one-number', { features: ['distance "km"'] }, 'gbt'],
    ['one-text', { features: ['city'] }, 'linear'],
    ['one-time', { features: ['départ'] }, 'gbt'],
    ['a-constant', {}, 'baseline'],
  ])('loads and answers like here: %s', async (model, change, trainer) => {
    if (python === null) return;
    const folder = await packageFolder(model, { ...change, search: { trainers: [trainer], trials: 1 } });
    const report = Report.parse(await runPython(python, script, { folder }));
    console.log(`${model}: ${JSON.stringify(report)}`);
    expect(report.columns).toEqual(['probability']);
    expect(report.rows).toBeGreaterThanOrEqual(10);
    expect(report.exampleRows).toBeGreaterThan(0);
    expect(report.pyfunc).toBeLessThan(1e-5);
    expect(report.exampleByHand).toBeLessThan(1e-5);
    expect(report.onnxFlavour).toBeLessThan(1e-5);
  });
});
