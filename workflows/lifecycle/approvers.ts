import { canonicalJson } from '../../schemas/canonical-json.js';
import type { CheckedLifecycleInput } from '../../schemas/index.js';
import { measureNow } from './handed-on/bytes.js';
import { endpointOf, type LifecycleState, limits, note } from './state.js';

/*
 * Pure decisions about who must approve, and where. Where answers must be proven, that is not for somebody to lower who only
 * says who he is: neither by a message nor by ending the owner and beginning it again with another specification.
 */

type Environments = CheckedLifecycleInput['environments'];

/** Whether each environment is still there, and asks the same people. */
export function asksTheSame(before: Environments, after: Environments): boolean {
  const policyIn = (all: Environments, name: string) => canonicalJson(all.find((e) => e.name === name)?.policy ?? null);
  return before.every(
    ({ name }) => after.some((e) => e.name === name) && policyIn(before, name) === policyIn(after, name),
  );
}

/**
 * An owner that begins where another was goes on with the environments that were recorded, its open gates too. Returns why it
 * may not begin: with them the specification is too large.
 */
export function keepApprovers(state: LifecycleState, recorded: Environments | null, now: number): string | null {
  if (!state.signaturesRequired || recorded === null || asksTheSame(recorded, state.spec.environments)) return null;
  const spec = { ...state.spec, environments: recorded, environment: recorded.at(-1)?.name ?? recorded[0].name };
  const size = measureNow(spec);
  if (size > limits.specificationBytes)
    return `with the environments that were recorded, and stay, it has ${size} bytes; at most ${limits.specificationBytes} are allowed`;
  state.spec = spec;
  for (const { name } of recorded) endpointOf(state, name);
  const policyOf = (environment: string) => recorded.find(({ name }) => name === environment)?.policy;
  state.gates = state.gates.map((gate) => ({ ...gate, policy: policyOf(gate.environment) ?? gate.policy }));
  note(state, now, 'environments stay as they were recorded: who must approve changes only by a signed message');
  return null;
}
