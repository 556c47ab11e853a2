import { createHash } from 'node:crypto';
import type { OutcomeBatch, PredictionLog, PredictionRange } from '../../activities/stores/prediction-log.js';
import type { FactInput, OutcomeRecord, PredictionRecord } from '../../schemas/index.js';

/** Facts of one small life: flights are collected, labelled, trained on, packaged, approved, promoted. */
export const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');
const origin = (workflowId: string, step: string) => ({ workflowId, step });

export function datasetFact(dataset: string, content: string, given: { key?: string; from?: string } = {}): FactInput {
  const digest = digestOf(content);
  const labelled = dataset.endsWith('-labelled');
  return {
    kind: 'datasetVersion',
    key: given.key ?? `dataset/${dataset}/${digest}`,
    origin: origin(`${labelled ? 'label' : 'collect'}/${dataset}`, given.key ?? 'record'),
    digest,
    artifacts: [{ digest, uri: `file:///blobs/${digest}`, sizeBytes: 1000, kind: 'dataset-manifest' }],
    edges: given.from ? [{ from: given.from, to: digest, relation: labelled ? 'labelled' : 'collected' }] : [],
    body: { dataset, digest, rows: 100, labelled, report: null },
  };
}

const metrics = { rmse: 1.5, mae: 0.1, r2: null, rows: 10 };

type RunFactInput = Extract<FactInput, { kind: 'run' }>;

export function measuredRunFact(
  runId: string,
  measured: Partial<Pick<RunFactInput['body'], 'validation' | 'test' | 'curve'>>,
): RunFactInput {
  const fact = runFact('measured', runId, { name: 'd', digest: digestOf('d') });
  return { ...fact, body: { ...fact.body, ...measured } };
}

export function runFact(model: string, runId: string, dataset: { name: string; digest: string }): RunFactInput {
  const modelDigest = digestOf(`model of ${runId}`);
  return {
    kind: 'run',
    key: `run/${runId}`,
    origin: origin(`train/${model}`, `trial ${runId}`),
    digest: modelDigest,
    artifacts: [{ digest: modelDigest, uri: `file:///blobs/${modelDigest}`, sizeBytes: 10, kind: 'model' }],
    body: {
      runId,
      model,
      trainer: 'gbt',
      parameters: { depth: 3 },
      status: 'finished',
      runDigest: digestOf(runId),
      modelDigest,
      metaDigest: digestOf('meta'),
      dataset: { ...dataset, version: 1 },
      seed: 1,
      validation: metrics,
      test: metrics,
      reason: null,
    },
  };
}

export const bestRunFact = (model: string, runId: string): FactInput => ({
  kind: 'bestRun',
  key: `best/${model}/${runId}`,
  origin: origin(`train/${model}`, 'best'),
  digest: digestOf(runId),
  body: { model, runId, objective: 'rmse', trials: 1 },
});

export function modelVersionFact(model: string, runId: string, datasetDigest: string, key = runId): FactInput {
  const packageDigest = digestOf(`package of ${runId}`);
  return {
    kind: 'modelVersion',
    key: `package/${model}/${key}`,
    origin: origin(`package/${model}`, `record ${key}`),
    digest: packageDigest,
    body: { model, runId, modelDigest: digestOf(`model of ${runId}`), packageDigest, datasetDigest, files: [] },
  };
}

export interface Rollout {
  model: string;
  version: number;
  runId: string;
  generation: number;
}

export function approvalFact({ model, version, runId, generation }: Rollout): FactInput {
  return {
    kind: 'approval',
    key: `approval/${model}/${generation}`,
    origin: origin(`deploy/${model}/production`, `approval ${generation}`),
    digest: digestOf('evidence'),
    body: {
      model,
      version,
      environment: 'production',
      gate: 'deploy',
      modelDigest: digestOf(`model of ${runId}`),
      evidenceDigest: digestOf('evidence'),
      decision: 'approve',
      decidedBy: 'ana@example.com',
      comment: 'looks right',
      decidedAt: '2001-03-01T10:00:00Z',
      provenBy: 'unsigned',
    },
  };
}

/** What one approval came to where one is enough. */
export function decisionFact({ model, version, runId, generation }: Rollout): FactInput {
  return {
    kind: 'gateDecision',
    key: `decision/${model}/${generation}`,
    origin: origin(`deploy/${model}/production`, `decision ${generation}`),
    digest: digestOf('evidence'),
    body: {
      model,
      version,
      environment: 'production',
      gate: 'deploy',
      modelDigest: digestOf(`model of ${runId}`),
      decision: 'approved',
      decidedBy: ['ana@example.com'],
      quorum: 1,
      reason: 'approved by ana@example.com',
      decidedAt: '2001-03-01T10:00:00Z',
    },
  };
}

type Change = Extract<FactInput, { kind: 'endpointChange' }>['body']['change'];

export function changeFact(change: Change, { model, version, runId, generation }: Rollout): FactInput {
  return {
    kind: 'endpointChange',
    key: `endpoint/${model}/production/${generation}`,
    origin: origin(`lifecycle/${model}`, `deploy ${generation}`),
    digest: digestOf(`model of ${runId}`),
    body: {
      model,
      environment: 'production',
      generation,
      step: 0,
      change,
      version,
      modelDigest: digestOf(`model of ${runId}`),
      by: 'ana@example.com',
      reason: 'test',
      at: `2001-03-${String(generation).padStart(2, '0')}T12:00:00Z`,
    },
  };
}

/** A day that was looked at when the log held so much of it. */
export function lookFact(model: string, day: number, logged: { rows: number; lastSeq: number }): FactInput {
  const fact = monitorFact(model, day, false);
  return { ...fact, body: { ...fact.body, logged } };
}

type MonitorFactInput = Extract<FactInput, { kind: 'monitorWindow' }>;

export function monitorFact(model: string, day: number, bad: boolean): MonitorFactInput {
  const [from, to] = [day, day + 1].map((d) => `2001-04-${String(d).padStart(2, '0')}T00:00:00Z`) as [string, string];
  return {
    kind: 'monitorWindow',
    key: `monitor/${model}/${day}`,
    origin: origin(`monitor/${model}/production`, `window ${day}`),
    digest: digestOf(`report ${day}`),
    body: {
      model,
      environment: 'production',
      version: 1,
      from,
      to,
      verdict: bad ? 'drifted' : 'healthy',
      bad,
      logged: { rows: 100, lastSeq: 1 },
      result: {},
    },
  };
}

export function predictions(model: string, count: number, given: { prefix: string; day?: string }): PredictionRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    predictionId: predictionIdAt('2001-04-18T09:00:00.000Z', `${given.prefix} ${i}`),
    requestId: `${given.prefix}-${i}`,
    model,
    version: 1,
    modelDigest: digestOf('model of r1'),
    environment: 'production',
    at: '2001-04-18T09:00:00.000Z',
    eventAt: given.day ?? `2001-04-${String(18 + (i % 3))}T06:00:00.000Z`,
    inputs: { distance: i },
    output: 0.5,
  }));
}

/** An id as a server makes it, of this instant; the same of the same name. */
export function predictionIdAt(at: string, name: string): string {
  const time = Date.parse(at).toString(16).padStart(12, '0');
  const hash = digestOf(name);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
}

/** A batch of outcomes as a server ships it. */
export function batchOf(outcomes: readonly Partial<OutcomeRecord>[], given: Partial<OutcomeRecord> = {}): OutcomeBatch {
  const records = outcomes.map((outcome): OutcomeRecord => {
    const nothing = { predictionId: null, model: null, environment: null, requestId: null, row: null, knownAt: null };
    return { ...nothing, outcome: 1, by: 'billing', at: '2001-04-20T00:00:00.000Z', ...given, ...outcome };
  });
  const digest = digestOf(JSON.stringify(records));
  return { digest, sizeBytes: 1000, uri: `file:///blobs/${digest}`, outcomes: records };
}

/** What came true, by prediction id. */
export async function knownOutcomes(log: PredictionLog, range: PredictionRange) {
  const outcomes = new Map<string, number>();
  const repeated = new Set<string>();
  for await (const page of log.outcomes(range)) {
    for (const { predictionId, outcome } of page) {
      if (outcome === null) repeated.add(predictionId);
      else outcomes.set(predictionId, outcome);
    }
  }
  return { outcomes, repeated };
}

export const segmentOf = (name: string) => {
  const digest = digestOf(name);
  return { environment: 'production', digest, sizeBytes: 1000, uri: `file:///blobs/${digest}`, lost: 0 };
};
