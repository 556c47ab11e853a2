import { CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { FoundVersion } from '../../activities/activities.js';
import type { DeployInput, DeployResult, DeployStatus } from '../../schemas/deploy.js';
import type { EndpointName, ServedVersion } from '../../schemas/endpoint.js';
import type { RolloutAsk, RolloutEvent, StepAsk } from '../../schemas/rollout.js';
import { firstVersionSteps, type Step, stepsOf } from '../../schemas/strategy.js';
import { pauseCard } from '../lifecycle/display.js';
import { shorten } from '../lifecycle/state.js';
import { run } from '../temporal/activity-options.js';
import { rootMessage } from '../temporal/root-message.js';
import { ownId, show } from '../temporal/stage.js';
import { linesThatAnswer, noRollout, stepsInWords } from './status.js';

export type RolloutInput = Extract<DeployInput, { approvalTimeout: string }>;
export type EventOf<K extends RolloutEvent['kind']> = Extract<RolloutEvent, { kind: K }>;

/** How long a rollout that gave up waits to hear what serves in its place. */
const lastWordMs = 10_000;
/** What names the asker is added. */
type Wanted = RolloutAsk extends infer A
  ? A extends RolloutAsk
    ? Omit<A, keyof EndpointName | 'workflowId' | 'runId'>
    : never
  : never;

/** What a rollout and its owner say to each other, from the rollout's side. */
export class Rollout {
  readonly input: RolloutInput;
  readonly version: ServedVersion;
  /** what an approval is based on: what the start said, the version's metrics, the strategy that was chosen for it */
  readonly evidence: string[];
  steps: Step[];
  phase: DeployStatus['phase'] = 'starting';
  /** what the newest analysis found */
  finding: string | null = null;
  /** what it wants of its owner, who asks for it */
  asks: RolloutAsk | null = null;
  /** by which its owner knows it */
  readonly runId = workflowInfo().runId;
  readonly #events: RolloutEvent[];
  #granted: EventOf<'granted'> | null = null;
  /** the place of the step that it is at */
  #index: number | null = null;
  /** the share of the requests that the candidate answers */
  #share = 0;
  #result: DeployResult | null = null;

  constructor(input: RolloutInput, found: FoundVersion, events: RolloutEvent[]) {
    this.input = input;
    this.version = found.version;
    this.#events = events;
    this.steps = stepsOf(input);
    this.evidence = [...this.#said(), ...found.evidence];
  }

  /** What its start says for it, and the strategy that was chosen: everything else is looked up. */
  #said(): string[] {
    const strategy = this.input.strategy === undefined ? [] : [`strategy: ${stepsInWords(this.steps)}`];
    return [...this.input.evidence.map((line) => `said at its start: ${line}`), ...strategy].map((l) => shorten(l));
  }

  /** Asks the owner for a gate. */
  async askForGate(): Promise<void> {
    const { version } = this.version;
    const evidence = this.#said();
    await this.#ask({ kind: 'gate', version, evidence, steps: this.steps.length, policy: this.input.policy });
    this.phase = 'waiting for approval';
  }

  /** The next event of one of the kinds, or `stopped`; null when none comes in time. */
  async next<K extends RolloutEvent['kind']>(kinds: K[]): Promise<EventOf<K | 'stopped'>>;
  async next<K extends RolloutEvent['kind']>(kinds: K[], timeoutMs: number): Promise<EventOf<K | 'stopped'> | null>;
  async next<K extends RolloutEvent['kind']>(kinds: K[], timeoutMs?: number): Promise<EventOf<K | 'stopped'> | null> {
    const wanted = (n: RolloutEvent): n is EventOf<K | 'stopped'> =>
      n.kind === 'stopped' || (kinds as string[]).includes(n.kind);
    const came = () => this.#events.some(wanted);
    if (timeoutMs === undefined) await condition(came);
    else if (!(await condition(came, timeoutMs))) return null;
    return this.#events.find(wanted) ?? null;
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
    return this.giveUp(rootMessage(first));
  }

  /** From here on it may move the routes. */
  grant(granted: EventOf<'granted'>): void {
    this.#granted = granted;
    this.phase = 'loading';
    if (granted.firstVersion) this.steps = firstVersionSteps(this.steps);
    this.#showProgress('its version is loaded');
  }

  beginStep(): void {
    this.#index = this.#index === null ? 0 : this.#index + 1;
    this.phase = 'rolling out';
    this.#showProgress(`step ${this.#index + 1} of ${this.steps.length}, ${this.steps[this.#index]?.kind ?? ''}`);
  }

  /** The candidate answers a share of the requests; where it answers as many already, nothing changes. */
  async routeTo(share: number): Promise<DeployResult | null> {
    if (share <= this.#share) return null;
    this.#share = share;
    return this.#askForStep({ kind: 'share', share });
  }

  async promote(): Promise<DeployResult | null> {
    this.phase = 'promoting';
    return this.#askForStep({ kind: 'promote' });
  }

  /** Until somebody sends `resume`. */
  async pause(): Promise<DeployResult | null> {
    this.phase = 'paused';
    show(...pauseCard(this));
    return this.#askForStep({ kind: 'pause' });
  }

  async #askForStep(wants: StepAsk['wants']): Promise<DeployResult | null> {
    const step = this.#index ?? 0;
    const done = () => this.#events.some((n) => n.kind === 'stepDone' && n.step === step);
    await this.#ask({ kind: 'step', nonce: this.#granted?.nonce ?? '', step, wants });
    await condition(() => done() || this.#events.some(isStopped));
    const stopped = this.#events.find(isStopped);
    return done() || stopped === undefined ? null : this.stopped(stopped);
  }

  /** The time for answers is over. Gives up, or, where it was approved in time and is only held, waits for the grant. */
  async unanswered(reason: string): Promise<DeployResult | EventOf<'granted' | 'stopped'>> {
    const gate = this.asks;
    await this.#ask({ kind: 'giveUp', reason, unlessApproved: true });
    const last = await this.next(['granted', 'approved'], lastWordMs);
    if (last?.kind === 'granted') return last;
    if (last?.kind !== 'approved') return this.ended('rejected', [reason], last?.serving ?? null);
    this.asks = gate;
    this.phase = 'approved, held';
    return this.next(['granted']);
  }

  /** Gives its endpoint back; what the owner says of it, where it does so soon. */
  async abandon(reason: string): Promise<EventOf<'stopped'> | null> {
    await this.#ask({ kind: 'giveUp', reason: shorten(reason, 1000) });
    return this.next([], lastWordMs);
  }

  /** Ends by itself; the owner says what serves now. */
  async giveUp(reason: string): Promise<DeployResult> {
    const last = await this.abandon(reason);
    return this.ended('rolledBack', [reason], last?.serving ?? null);
  }

  stopped({ by, reason, serving }: EventOf<'stopped'>): DeployResult {
    return this.ended('rolledBack', [`${by} rolled back: ${reason}`], serving);
  }

  ended(outcome: DeployResult['outcome'], reasons: string[], serving: number | null): DeployResult {
    const { model, environment } = this.input;
    const version = this.version.version;
    const why = [...new Set(this.finding ? [...reasons, this.finding] : reasons)];
    show(`**${model}** version ${version} to **${environment}**: **${outcome}**`, ...why);
    this.phase = 'ended';
    this.#index = null;
    this.#result = {
      model,
      environment,
      version,
      outcome,
      reasons: why,
      generation: this.#granted?.fence.generation ?? null,
      approvedBy: this.#granted?.approvedBy ?? null,
      serving,
    };
    return this.#result;
  }

  status(): DeployStatus {
    const { version } = this.version;
    return {
      ...noRollout(this.input),
      version,
      phase: this.phase,
      steps: this.steps,
      step: this.#index,
      evidence: this.evidence,
      approvedBy: this.#granted?.approvedBy ?? null,
      outcome: this.#result?.outcome ?? null,
      reasons: this.#result?.reasons ?? [],
      answerWith: linesThatAnswer(this.phase, { ...this.input, version }),
    };
  }

  #showProgress(where: string): void {
    const { model, environment } = this.input;
    const what = `**${model}** version ${this.version.version} out to **${environment}**`;
    show(`Rolling ${what}, approved by ${this.#granted?.approvedBy ?? ''}: ${where}`);
  }

  /** Says what it wants, and has its owner ask. */
  async #ask(wanted: Wanted): Promise<void> {
    const { model, environment } = this.input;
    this.asks = { model, workflowId: ownId(), runId: this.runId, environment, ...wanted };
    await this.askAgain();
  }

  async askAgain(): Promise<void> {
    const { model, environment } = this.input;
    const hint = { model, environment, signal: 'rolloutAsks', body: { workflowId: ownId() } };
    await run('askOwner', hint, `${this.asks?.kind ?? ''} → lifecycle/${model}`);
  }
}

const isStopped = (n: unknown): n is EventOf<'stopped'> =>
  typeof n === 'object' && n !== null && 'kind' in n && n.kind === 'stopped';
