import { CancellationScope, condition, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import type { DeployInput, DeployResult } from '../schemas/deploy.js';
import type { ServedVersion } from '../schemas/endpoint.js';
import { RolloutNews } from '../schemas/rollout.js';
import { effects, watches, withSummary } from './activity-options.js';
import { approvalCard } from './display.js';
import { durationMilliseconds } from '../statistics/duration.js';
import { forwardToOwner } from './forward.js';
import { shorten } from './lifecycle-state.js';
import { rolloutNews } from './messages.js';
import { rollBackByDoor } from './rollback-door.js';
import { inputOf, ownId, show, showStage } from './stage.js';
import { pinned } from './versioning.js';

type Rollout = Extract<DeployInput, { approvalTimeout: string }>;
type News<K extends RolloutNews['kind']> = Extract<RolloutNews, { kind: K }>;

/** Model version → environment, behind approval, step by step. The model's owner moves the routes; this asks for each step. */
export async function deployModel(raw: unknown): Promise<DeployResult> {
  const news: RolloutNews[] = [];
  setHandler(rolloutNews, (body) => {
    const parsed = RolloutNews.safeParse(body);
    if (parsed.success) news.push(parsed.data);
  });
  const input = inputOf('deployModel', raw);
  if ('rollback' in input) return rollBackByDoor(input);
  const forwarding = forwardToOwner(input);
  showStage('deploy', input);
  const version = await effects.findVersion({ model: input.model, version: input.version });
  showStage('deploy', { version: version.version });
  const rollout = new RolloutTalk(input, version, news);
  try {
    return await Promise.race([rollOut(rollout), forwarding]);
  } catch (error) {
    if (isCancellation(error))
      await CancellationScope.nonCancellable(() => rollout.abandon('the deployment was cancelled'));
    throw error;
  }
}

/** Ask, wait for the answer, load, canary, full. */
async function rollOut(rollout: RolloutTalk): Promise<DeployResult> {
  const { input, version } = rollout;
  await rollout.ask('rolloutRequested', { version, evidenceDigest: version.packageDigest });
  show(...approvalCard(input, version));
  const answer = await rollout.next(['granted', 'refused'], durationMilliseconds(input.approvalTimeout));
  if (answer === null) {
    await rollout.abandon(`nobody answered within ${input.approvalTimeout}`);
    return rollout.ended('rejected', [`nobody answered within ${input.approvalTimeout}`]);
  }
  if (answer.kind === 'refused') return rollout.ended('rejected', [answer.reason]);
  if (answer.kind !== 'granted') return rollout.stopped(answer);
  return carryOut(rollout, answer);
}

async function carryOut(rollout: RolloutTalk, granted: News<'granted'>): Promise<DeployResult> {
  const { input, version } = rollout;
  rollout.granted = granted;
  const where = { model: input.model, environment: input.environment };
  show(
    `Rolling **${input.model}** version ${version.version} out to **${input.environment}**, approved by ${granted.approvedBy}`,
  );
  const loaded = await rollout.check(() =>
    effects.loadVersion.executeWithOptions(
      { ...withSummary.effect, startToCloseTimeout: '2 m', summary: 'load, verify digest, warm up' },
      [{ ...where, version, fence: granted.fence }],
    ),
  );
  if (loaded !== null) return loaded;
  if (!granted.firstVersion) {
    const stopped = (await rollout.step('canary', input.canary.share)) ?? (await watchCanary(rollout));
    if (stopped !== null) return stopped;
  }
  const stopped = await rollout.step('full', 1);
  return (
    stopped ??
    rollout.ended('promoted', granted.firstVersion ? ['no earlier version to compare with'] : ['every check passed'])
  );
}

async function watchCanary(rollout: RolloutTalk): Promise<DeployResult | null> {
  const { input, version } = rollout;
  const summary = `watch the canary: ${input.canary.share * 100} % of requests`;
  const command = {
    model: input.model,
    environment: input.environment,
    version: version.version,
    policy: input.canary,
  };
  return rollout.check(async () => {
    const verdict = await watches.watchCanary.executeWithOptions({ ...withSummary.watch, summary }, [command]);
    rollout.canaryReason = verdict.reason;
    if (!verdict.passed) throw new CanaryFailed(verdict.reason);
  });
}

class CanaryFailed extends Error {}

/** One rollout's side of the talk with its owner. */
class RolloutTalk {
  granted: News<'granted'> | null = null;
  canaryReason: string | null = null;
  readonly input: Rollout;
  readonly version: ServedVersion;
  private readonly news: RolloutNews[];

  constructor(input: Rollout, version: ServedVersion, news: RolloutNews[]) {
    this.input = input;
    this.version = version;
    this.news = news;
  }

  async ask(signal: string, body: object): Promise<void> {
    const { model, environment } = this.input;
    const self = { workflowId: ownId(), runId: workflowInfo().runId, environment };
    await effects.askOwner.executeWithOptions({ ...withSummary.effect, summary: `${signal} → lifecycle/${model}` }, [
      { model, environment, signal, body: { ...self, ...body } },
    ]);
  }

  /** The next news of one of the kinds, or `stopped`; null when none comes in time. */
  async next<K extends RolloutNews['kind']>(kinds: K[], timeoutMs?: number): Promise<News<K | 'stopped'> | null> {
    const wanted = (n: RolloutNews): n is News<K | 'stopped'> =>
      n.kind === 'stopped' || (kinds as string[]).includes(n.kind);
    const came = () => this.news.some(wanted);
    if (timeoutMs === undefined) await condition(came);
    else if (!(await condition(came, timeoutMs))) return null;
    return this.news.find(wanted) ?? null;
  }

  /** Does a check; a rollback in its middle cancels it; a failure gives the endpoint back to what served before. */
  async check(run: () => Promise<unknown>): Promise<DeployResult | null> {
    const scope = new CancellationScope();
    const checking = scope.run(run).then(
      () => null,
      (error: unknown) => error,
    );
    const stopped = this.next(['stopped']);
    const first = await Promise.race([checking, stopped]);
    if (isStopped(first)) {
      scope.cancel();
      await checking;
      return this.stopped(first);
    }
    if (first === null) return null;
    if (isCancellation(first) && !scope.consideredCancelled) throw first;
    const reason = first instanceof Error ? rootMessage(first) : String(first);
    await this.abandon(reason);
    return this.ended('rolledBack', [reason]);
  }

  async step(step: 'canary' | 'full', share: number): Promise<DeployResult | null> {
    await this.ask('rolloutStep', { step, share });
    const done = () => this.news.some((n) => n.kind === 'stepDone' && n.step === step);
    await condition(() => done() || this.news.some(isStopped));
    const stopped = this.news.find(isStopped);
    return stopped ? this.stopped(stopped) : null;
  }

  async abandon(reason: string): Promise<void> {
    await this.ask('rolloutAbandoned', { reason: shorten(reason, 1000) });
  }

  stopped(news: RolloutNews): DeployResult {
    const reason = news.kind === 'stopped' ? `${news.by} rolled back: ${news.reason}` : 'stopped';
    return this.ended('rolledBack', [reason]);
  }

  ended(outcome: DeployResult['outcome'], reasons: string[]): DeployResult {
    const { model, environment } = this.input;
    const version = this.version.version;
    const why = this.canaryReason ? [...reasons, this.canaryReason] : reasons;
    show(`**${model}** version ${version} to **${environment}**: **${outcome}**`, ...why);
    return {
      model,
      environment,
      version,
      outcome,
      reasons: why,
      generation: this.granted?.fence.generation ?? null,
      approvedBy: this.granted?.approvedBy ?? null,
      serving: outcome === 'promoted' ? version : null,
    };
  }
}

const isStopped = (n: unknown): n is News<'stopped'> =>
  typeof n === 'object' && n !== null && 'kind' in n && n.kind === 'stopped';

function rootMessage(error: Error): string {
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message;
}

pinned(deployModel);
