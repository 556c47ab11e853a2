import { CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { DeployInput, DeployResult } from '../schemas/deploy.js';
import type { ServedVersion } from '../schemas/endpoint.js';
import type { RolloutNews } from '../schemas/rollout.js';
import { effects, withSummary } from './activity-options.js';
import { shorten } from './lifecycle-state.js';
import { ownId, show } from './stage.js';

type Rollout = Extract<DeployInput, { approvalTimeout: string }>;
export type News<K extends RolloutNews['kind']> = Extract<RolloutNews, { kind: K }>;

/** One rollout's side of the talk with its owner. */
export class RolloutTalk {
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
    const why = [...new Set(this.canaryReason ? [...reasons, this.canaryReason] : reasons)];
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
