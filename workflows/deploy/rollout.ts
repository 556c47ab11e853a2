import { condition, isCancellation } from '@temporalio/workflow';
import type { DeployResult } from '../../schemas/deploy.js';
import type { EndpointName } from '../../schemas/endpoint.js';
import { errorCode } from '../../schemas/failure.js';
import { escapeMarkdown } from '../../schemas/markdown.js';
import type { RolloutAsk, StepAsk } from '../../schemas/rollout.js';
import { firstVersionSteps } from '../../schemas/strategy.js';
import { heldCard, pauseCard } from '../lifecycle/answering.js';
import { shorten, timeText } from '../lifecycle/state.js';
import { run } from '../temporal/activity-options.js';
import { rootMessage } from '../temporal/root-message.js';
import { ownId, show, tell } from '../temporal/stage.js';
import { progressLine, stepCard } from './rollout-card.js';
import type { EventOf, Heard, RolloutInput, RolloutState } from './rollout-state.js';
import type { DeploymentRun } from './run.js';
import { type RolloutStatus, resultOf, statusOfRollout } from './status.js';
import { waitOf } from './waits.js';

/** How long a rollout that gave up waits to hear what serves in its place. */
const lastWordMs = 10_000;

/** What was asked of the world, or what ended the rollout meanwhile. */
export type Checked<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'ended'; readonly result: DeployResult };

/** What names the asker is added. */
type Wanted = RolloutAsk extends infer A
  ? A extends RolloutAsk
    ? Omit<A, keyof EndpointName | 'workflowId' | 'runId'>
    : never
  : never;

type Answer = EventOf<'granted' | 'refused' | 'stopped'>;

interface Parts {
  readonly input: RolloutInput;
  readonly state: RolloutState;
  readonly heard: Heard;
  readonly run: DeploymentRun;
}

/** What a rollout and its owner say to each other, from the rollout's side. */
export class Rollout {
  readonly input: RolloutInput;
  readonly state: RolloutState;
  readonly #heard: Heard;
  readonly #run: DeploymentRun;
  #result: DeployResult | null = null;

  constructor({ input, state, heard, run: ownRun }: Parts) {
    this.input = input;
    this.state = state;
    this.#heard = heard;
    this.#run = ownRun;
  }

  /** Asks the owner for a gate; asked again, it is the same gate. */
  async askForGate(): Promise<void> {
    const { said, steps, version } = this.state;
    const { policy } = this.input;
    await this.#ask({ kind: 'gate', version: version.version, evidence: said, steps: steps.length, policy });
    this.state.phase = 'waiting for approval';
  }

  /** What becomes of the gate. Without an answer in time the rollout gives up, unless it was approved and is only held. */
  async answer(): Promise<DeployResult | Answer> {
    if (this.state.phase === 'approved, held') return this.#granted();
    const { answersUntil } = this.state;
    const answered = () => this.#heard.granted ?? this.#heard.refused ?? this.#heard.stopped;
    const isHeld = () => answered() === null && this.#heard.approved !== null;
    const summary = `until ${timeText(answersUntil).slice(0, 16)}Z somebody may approve or reject`;
    await this.#run.rest(() => answered() !== null || isHeld(), { timeoutMs: answersUntil - Date.now(), summary });
    if (isHeld()) return this.#granted();
    return answered() ?? this.#unanswered(`nobody answered within ${this.input.approvalTimeout}`);
  }

  async #unanswered(reason: string): Promise<DeployResult | Answer> {
    const gate = this.state.asks;
    await this.#ask({ kind: 'giveUp', reason, unlessApproved: true });
    const last = () => this.#heard.granted ?? this.#heard.refused ?? this.#heard.approved ?? this.#heard.stopped;
    await condition(() => last() !== null, lastWordMs, { summary: 'for the last word of its owner' });
    const said = last();
    if (said?.kind === 'granted' || said?.kind === 'refused') return said;
    if (said?.kind !== 'approved') return this.ended('rejected', [reason], said?.serving ?? null);
    this.state.asks = gate;
    return this.#granted();
  }

  /** Approved: what it waits for is its grant, which the owner may refuse still, and no answer of a person. */
  async #granted(): Promise<Answer> {
    this.state.phase = 'approved, held';
    show(...heldCard(this));
    const answered = () => this.#heard.granted ?? this.#heard.refused ?? this.#heard.stopped;
    for (;;) {
      const said = answered();
      if (said !== null) return said;
      await this.#run.rest(() => answered() !== null);
    }
  }

  /** Asks something of the world; a rollback in its middle takes it back; a failure gives the endpoint back to what served before. */
  async check<T>(ask: () => Promise<T>): Promise<Checked<T>> {
    const worked = await this.#run.work(ask, () => this.#heard.stopped !== null);
    if (worked.kind === 'done') return worked;
    if (worked.kind === 'failed' && isCancellation(worked.error)) throw worked.error;
    const { stopped } = this.#heard;
    if (stopped !== null) return { kind: 'ended', result: this.stopped(stopped) };
    const reason = worked.kind === 'failed' ? rootMessage(worked.error) : 'the rollout was stopped';
    return { kind: 'ended', result: await this.giveUp(reason) };
  }

  /** Time passes; what ended the rollout meanwhile, or null. */
  async rest(milliseconds: number): Promise<DeployResult | null> {
    const summary = `waits for ${waitOf(this.state)?.what ?? 'its next step'}`;
    await this.#run.rest(() => this.#heard.stopped !== null, { timeoutMs: milliseconds, summary });
    return this.#heard.stopped === null ? null : this.stopped(this.#heard.stopped);
  }

  /** From here on it may move the routes. */
  grant(granted: EventOf<'granted'>): void {
    this.state.granted = granted;
    this.state.phase = 'loading';
    if (granted.firstVersion) this.state.steps = firstVersionSteps(this.state.steps);
    show(progressLine(this.input, this.state, 'its version is loaded'));
  }

  beginStep(index: number): void {
    const { state } = this;
    state.index = index;
    state.stepSince = Date.now();
    state.watch = null;
    state.beside = null;
    this.goOn();
  }

  /** Another run of the deployment began the step. */
  goOn(): void {
    this.state.phase = 'rolling out';
    this.showStep();
  }

  showStep(): void {
    show(...stepCard(this.input, this.state));
    tell({ waits: waitOf(this.state) });
  }

  /** The candidate answers a share of the requests; where it answers as many already, nothing changes. */
  async routeTo(share: number): Promise<DeployResult | null> {
    const before = this.state.steps.slice(0, this.state.index ?? 0);
    if (before.some((step) => step.kind === 'share' && step.share >= share)) return null;
    return this.#askForStep({ kind: 'share', share });
  }

  async promote(): Promise<DeployResult | null> {
    this.state.phase = 'promoting';
    return this.#askForStep({ kind: 'promote' });
  }

  /** Until somebody sends `resume`. */
  async pause(): Promise<DeployResult | null> {
    this.state.phase = 'paused';
    show(...pauseCard({ input: this.input, version: this.state.version }));
    return this.#askForStep({ kind: 'pause' });
  }

  async #askForStep(wants: StepAsk['wants']): Promise<DeployResult | null> {
    const { index, granted } = this.state;
    const step = index ?? 0;
    const isDone = () => this.#heard.stepsDone.includes(step);
    const isAnswered = () => isDone() || this.#heard.stopped !== null;
    if (!isAnswered()) await this.#ask({ kind: 'step', nonce: granted?.nonce ?? '', step, wants });
    await this.#run.rest(isAnswered);
    const { stopped } = this.#heard;
    return isDone() || stopped === null ? null : this.stopped(stopped);
  }

  /** Gives its endpoint back; what the owner says of it, where it does so soon. */
  async abandon(reason: string): Promise<EventOf<'stopped'> | null> {
    await this.#ask({ kind: 'giveUp', reason: shorten(reason, 1000) });
    await condition(() => this.#heard.stopped !== null, lastWordMs, { summary: 'to hear what serves in its place' });
    return this.#heard.stopped;
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
    this.#result = resultOf(this.input, this.state, { outcome, reasons, serving });
    this.state.phase = 'ended';
    this.state.asks = null;
    this.state.index = null;
    const { version } = this.state.version;
    show(
      `**${model}** version ${version} to **${environment}**: **${outcome}**`,
      ...this.#result.reasons.map(escapeMarkdown),
    );
    return this.#result;
  }

  status(): RolloutStatus {
    return statusOfRollout(this.input, this.state, this.#result);
  }

  /** Says what it wants, and has its owner ask. */
  async #ask(wanted: Wanted): Promise<void> {
    const { model, environment } = this.input;
    this.state.asks = { model, workflowId: ownId(), runId: this.state.runId, environment, ...wanted };
    await this.askAgain();
  }

  async askAgain(): Promise<void> {
    if (this.state.asks === null) return;
    const { model, environment } = this.input;
    const hint = { model, environment, signal: 'rolloutAsks', body: { workflowId: ownId() } };
    try {
      await run('askOwner', hint, `${this.state.asks.kind} → lifecycle/${model}`);
    } catch (error) {
      const isOver = this.state.asks?.kind === 'giveUp' && errorCode(error) === 'MODEL_RETIRED';
      if (!isOver) throw error; // of a retired model nothing is left to give back
    }
  }
}
