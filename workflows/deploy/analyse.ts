import type { DeployResult } from '../../schemas/deploy.js';
import { durationMilliseconds } from '../../schemas/duration.js';
import type { StepOf } from '../../schemas/strategy.js';
import { type CandidateVerdict, judgeCandidate } from '../../statistics/verdicts/candidate.js';
import {
  type CandidateWatch,
  elapsedOf,
  newWatch,
  nextLookMs,
  trafficOf,
  watched,
} from '../../statistics/verdicts/candidate-watch.js';
import { run } from '../temporal/activity-options.js';
import type { Checked, Rollout } from './rollout.js';
import type { RolloutState } from './rollout-state.js';
import { waitOf } from './waits.js';

/** Looks at the candidate's answers until they have shown enough, failed, or starved; between two looks only time passes. */
export async function analyse(rollout: Rollout, policy: StepOf<'analyse'>): Promise<DeployResult | null> {
  for (;;) {
    const looked = await look(rollout);
    if (looked.kind === 'ended') return looked.result;
    const elapsedMs = elapsedOf(looked.value, Date.now());
    const verdict = judgeCandidate(policy, { ...trafficBeside(rollout.state), elapsedMs });
    if (verdict !== null) return judged(rollout, verdict);
    rollout.showStep();
    const ended = await rollout.rest(nextLookMs(elapsedMs, paceOf(policy)));
    if (ended !== null) return ended;
  }
}

const paceOf = ({ duration, lookEvery = '15 seconds' }: StepOf<'analyse'>) => ({
  durationMs: durationMilliseconds(duration),
  longestMs: durationMilliseconds(lookEvery),
});

/** What both were seen to answer over the same time. */
function trafficBeside({ watch, beside, version }: RolloutState) {
  const seen = (one: CandidateWatch | null) => one && trafficOf(one, one.last?.version ?? version.version);
  return { candidate: seen(watch) ?? undefined, current: (beside?.last && seen(beside)) ?? undefined };
}

/** One look, added to those before it. */
async function look(rollout: Rollout): Promise<Checked<CandidateWatch>> {
  const { state } = rollout;
  const { model, environment } = rollout.input;
  const asked = { model, environment, version: state.version.version };
  const began = Date.now();
  const summary = `what has version ${asked.version} answered? ${waitOf(state)?.what ?? ''}`;
  const looked = await rollout.check(() => run('candidateTraffic', asked, summary));
  if (looked.kind === 'ended') return looked;
  const tookMs = Date.now() - began;
  const { candidate, current } = looked.value;
  state.beside = watched(state.beside ?? newWatch(began), { traffic: current, tookMs });
  state.watch = watched(state.watch ?? newWatch(began), { traffic: candidate, tookMs });
  return { kind: 'done', value: state.watch };
}

function judged(rollout: Rollout, verdict: CandidateVerdict): DeployResult | null | Promise<DeployResult> {
  rollout.state.finding = verdict.reason;
  return verdict.passed ? null : rollout.giveUp(verdict.reason);
}
