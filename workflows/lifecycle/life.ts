import { canonicalJson } from '../../schemas/canonical-json.js';
import type { CheckedLifecycleInput, FactInput } from '../../schemas/index.js';
import type { PipelineOutputs, PipelineStage } from '../pipeline.js';
import type { Context } from './context.js';
import { type LifecycleState, timeText } from './state.js';

/*
 * Pure decisions about a lifecycle as a whole: how it begins, goes on where another owner ended, and what the ledger is told.
 */

/** What became of a model's first versions before its owner began. */
export interface Before {
  /** the newest version; null where none was packaged */
  readonly version: number | null;
  /** where versions were promoted, and the newest of them there */
  readonly promoted: readonly { readonly environment: string; readonly version: number }[];
  /** where a gate was ever decided */
  readonly decidedIn: readonly string[];
}

interface Plan {
  readonly pipeline: PipelineStage | null;
  readonly outputs: PipelineOutputs;
}

/**
 * Where the plan of the first model goes on under a new owner: never behind what was packaged, promoted or decided, so that
 * nothing is opened or trained a second time.
 */
export function planAfter({ environments, recipe }: CheckedLifecycleInput, before: Before): Plan {
  const { version, promoted, decidedIn } = before;
  const next = environments.findIndex(({ name }) => !promoted.some(({ environment }) => environment === name));
  const over: Plan = { pipeline: null, outputs: {} };
  if (recipe === undefined || next === -1) return over;
  const name = environments[next]?.name ?? '';
  if (decidedIn.includes(name)) return over;
  if (version === null) return { pipeline: 'collect', outputs: {} };
  const passed = environments.slice(0, next).map((e) => e.name);
  const reached = promoted.find(({ environment }) => environment === passed.at(-1))?.version ?? version;
  return { pipeline: 'deploy', outputs: { version: reached, promotedTo: passed } };
}

type ChangeFact = Extract<FactInput, { kind: 'lifecycleChange' }>;
type Change = Pick<ChangeFact['body'], 'change' | 'by' | 'reason' | 'fields'> & { readonly id: string };

/** What a lifecycle began with. */
export function startedFact(state: LifecycleState, ctx: Context): ChangeFact {
  return changeFact(state, { change: 'started', by: null, reason: null, fields: [], id: 'start' }, ctx);
}

interface Configured {
  readonly by: string | null;
  readonly fields: string[];
  readonly id: string;
}

export function configuredFact(state: LifecycleState, { by, fields, id }: Configured, ctx: Context): ChangeFact {
  return changeFact(state, { change: 'configured', by, reason: null, fields, id }, ctx);
}

interface Retirement {
  readonly by: string;
  readonly reason: string;
  readonly id: string;
}

export function retiredFact(state: LifecycleState, { by, reason, id }: Retirement, ctx: Context): ChangeFact {
  return changeFact(state, { change: 'retired', by, reason, fields: [], id }, ctx);
}

function changeFact(state: LifecycleState, { id, ...said }: Change, ctx: Context): ChangeFact {
  const { model } = state.spec;
  const at = timeText(ctx.now);
  return {
    kind: 'lifecycleChange',
    key: `lifecycle/${model}/${state.life}/${said.change}/${id}`,
    origin: { workflowId: ctx.workflowId, step: 'lifecycle' },
    digest: null,
    body: {
      model,
      ...said,
      specification: said.change === 'retired' ? null : plain(state.spec),
      signaturesRequired: state.signaturesRequired ?? false,
      at,
    },
  };
}

/** Without the fields that are undefined. */
const plain = (spec: CheckedLifecycleInput) => JSON.parse(canonicalJson(spec)) as Record<string, unknown>;
