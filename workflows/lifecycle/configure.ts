import { canonicalJson } from '../../schemas/canonical-json.js';
import {
  type CheckedLifecycleInput,
  type CommandReply,
  type Configure,
  LifecycleInput,
  type SpecificationPart,
  wrongFields,
} from '../../schemas/index.js';
import { asksTheSame } from './approvers.js';
import type { Received } from './context.js';
import { measureNow } from './handed-on/bytes.js';
import { configuredFact } from './life.js';
import { accepted, type Refusal, refuse, unchanged, whyUnproven } from './replies.js';
import { endpointOf, type LifecycleState, limits, note } from './state.js';

/*
 * Pure decisions about a change of the specification. What it changes is true from here on: the next run of the lifecycle
 * begins with it, its Schedules follow, and whoever starts the owner again starts it with what the ledger has.
 */

export type Configured =
  | { readonly kind: 'configured'; readonly spec: CheckedLifecycleInput; readonly fields: string[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export function configure(state: LifecycleState, { by, specification }: Configure, ctx: Received): CommandReply {
  const came = state.signaturesRequired === null ? notKnownYet : configured(state, specification);
  if (came.kind === 'refused')
    return refuse(state, { name: 'configure', refusal: came.refusal, requestId: ctx.id }, ctx);
  const { spec, fields } = came;
  if (fields.length === 0) return { ...unchanged('the specification says so already', ctx.id), changes: [] };
  state.spec = spec;
  if (spec.signaturesRequired) state.signaturesRequired = true;
  for (const { name } of spec.environments) endpointOf(state, name);
  state.factsToRecord.push(configuredFact(state, { by, fields, id: ctx.id }, ctx));
  note(state, ctx.now, `${by} configured ${fields.join(', ')}`);
  return { ...accepted(`configured ${fields.join(', ')}`, ctx.id), changes: fields };
}

/** The specification with a part of it replaced, and the fields that are others then; or why it may not be. */
export function configured(state: LifecycleState, part: SpecificationPart): Configured {
  const { model } = state.spec;
  if ((part.model ?? model) !== model) return refused('InvalidInput', `model: cannot change; it is ${model}`);
  const parsed = LifecycleInput.safeParse(merged(state.spec, part));
  if (!parsed.success) return refused('InvalidInput', wrongFields(parsed.error).slice(0, 5).join('; '));
  const spec = parsed.data;
  const size = measureNow(spec);
  if (size > limits.specificationBytes)
    return refused(
      'PAYLOAD_TOO_LARGE',
      `the specification would have ${size} bytes; ${limits.specificationBytes} are allowed`,
    );
  const refusal = whyNotThere(state, spec) ?? whyNotLower(state, spec);
  if (refusal !== null) return { kind: 'refused', refusal };
  return { kind: 'configured', spec, fields: changedFields(state.spec, spec) };
}

/** What may not be lowered is not known before the ledger has said what was. */
const notKnownYet: Configured = {
  kind: 'refused',
  refusal: {
    code: 'LEDGER_UNAVAILABLE',
    message: 'what was recorded of this model is not known yet; send it again later',
  },
};

const refused = (code: Refusal['code'], message: string): Configured => ({
  kind: 'refused',
  refusal: { code, message },
});

/** A field that is named replaces the whole field; null takes it away. The environments are one field, however they are said. */
function merged(spec: CheckedLifecycleInput, part: SpecificationPart): object {
  const { model: _model, environment: _one, environments: _several, deploy: _how, ...others } = part;
  const { environment: _last, environments: _all, ...kept } = spec;
  const fields = Object.entries({ ...kept, ...others }).filter(([, value]) => value !== null && value !== undefined);
  return { ...Object.fromEntries(fields), ...whereOf(spec, part) };
}

/** The short form is one environment's: with several, each says for itself. */
function whereOf(spec: CheckedLifecycleInput, { environment, environments, deploy }: SpecificationPart): object {
  const isNamed = environment !== undefined || deploy !== undefined;
  if (!isNamed && environments === undefined) return { environments: spec.environments };
  const given = { environment, environments, ...(deploy === null ? {} : { deploy }) };
  if (environments !== undefined) return given;
  if (spec.environments.length > 1) return { ...given, environments: spec.environments };
  const { name, ...before } = spec.environments[0];
  return { environment: environment ?? name, deploy: deploy === undefined ? before : (deploy ?? undefined) };
}

/** One endpoint for each environment, those that serve under an earlier specification among them. */
function whyNotThere({ endpoints }: LifecycleState, { environments }: CheckedLifecycleInput): Refusal | null {
  const names = new Set([...endpoints.map((e) => e.environment), ...environments.map((e) => e.name)]);
  if (names.size <= limits.endpoints) return null;
  return {
    code: 'InvalidInput',
    message: `environments: with those that are there already at most ${limits.endpoints}`,
  };
}

/** Where answers must be proven, whose answers count is not for somebody to change who only says who he is. */
function whyNotLower(state: LifecycleState, spec: CheckedLifecycleInput): Refusal | null {
  if (asksTheSame(state.spec.environments, spec.environments)) return null;
  return whyUnproven(state, 'who must approve, and where, changes only by a signed message');
}

const fieldsOf = (spec: CheckedLifecycleInput): [string, unknown][] => {
  const { model: _model, environment: _last, revive: _revive, ...fields } = spec;
  return Object.entries(fields);
};

function changedFields(before: CheckedLifecycleInput, after: CheckedLifecycleInput): string[] {
  const [was, is] = [new Map(fieldsOf(before)), new Map(fieldsOf(after))];
  const names = [...new Set([...was.keys(), ...is.keys()])];
  const text = (of: Map<string, unknown>, name: string) => canonicalJson(of.get(name) ?? null);
  return names.filter((name) => text(was, name) !== text(is, name)).toSorted();
}
