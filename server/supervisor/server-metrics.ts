import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { answersWithin, type Traffic } from '../processes/traffic.js';
import type { EndpointSlots } from './endpoint-slots.js';
import type { LogKeeper } from './log-keeper.js';
import type { ServingPool } from './pool/serving-pool.js';

export interface MetricsOptions {
  readonly pool: ServingPool;
  readonly log: LogKeeper;
  readonly slots: EndpointSlots;
}

/** The whole server's metrics as Prometheus text, sums over its processes; made by the supervisor. */
export class ServerMetrics {
  readonly #options: MetricsOptions;
  readonly #own = new Registry();
  #ownText = '';

  constructor(options: MetricsOptions) {
    this.#options = options;
    collectDefaultMetrics({ register: this.#own, prefix: 'model_server_supervisor_' });
    const refresh = setInterval(() => void this.#refresh(), 1000);
    refresh.unref();
    new Gauge({ name: 'model_server_start_time_seconds', help: 'When it started', registers: [this.#own] }).set(
      Date.now() / 1000,
    );
  }

  text(): string {
    return [...this.#versions(), ...this.#processes(), ...this.#log(), this.#ownText].join('\n');
  }

  async #refresh(): Promise<void> {
    this.#ownText = await this.#own.metrics();
  }

  *#versions(): Generator<string> {
    yield '# HELP model_server_requests_total Answers by version and HTTP status';
    yield '# TYPE model_server_requests_total counter';
    const versions = [...this.#options.pool.traffic()].map(([slot, traffic]) => ({
      labels: this.#labels(slot),
      traffic,
    }));
    for (const { labels, traffic } of versions)
      for (const [status, n] of Object.entries(traffic.statuses))
        yield `model_server_requests_total{${labels},status="${status}"} ${n}`;
    yield '# HELP model_server_rows_total Rows answered or refused';
    yield '# TYPE model_server_rows_total counter';
    for (const { labels, traffic } of versions) yield `model_server_rows_total{${labels}} ${traffic.rows}`;
    yield '# HELP model_server_request_seconds Time from the whole request to its answer';
    yield '# TYPE model_server_request_seconds histogram';
    for (const { labels, traffic } of versions) yield* histogram(labels, traffic);
    yield '# HELP model_server_circuit_open Versions that are switched off because they took processes down';
    yield '# TYPE model_server_circuit_open gauge';
    for (const { slot } of this.#options.slots.openCircuits())
      yield `model_server_circuit_open{${this.#labels(slot)}} 1`;
  }

  *#processes(): Generator<string> {
    const { pool } = this.#options;
    yield* gauge('model_server_processes', 'Serving processes that take requests', pool.readyCount);
    yield* counter(
      'model_server_processes_replaced_total',
      'Serving processes that died or were killed',
      pool.replaced,
    );
  }

  *#log(): Generator<string> {
    const { pool, log } = this.#options;
    const sum = (of: (counts: { logged: number; lost: number }) => number) =>
      pool.children.reduce((n, { counts }) => n + of(counts), 0);
    const logged = pool.loggedByDead + sum((counts) => counts.logged);
    const lost = pool.lostByDead + sum((counts) => counts.lost) + log.lostByKills;
    yield* counter('model_server_predictions_logged_total', 'Predictions handed to the log', logged);
    yield* counter(
      'model_server_predictions_lost_total',
      'Predictions acknowledged but not in the log, as far as known',
      lost,
    );
    yield* counter(
      'model_server_predictions_shipped_total',
      'Predictions in blob store and ledger',
      log.predictions.shippedRows,
    );
    yield* counter('model_server_outcomes_shipped_total', 'True outcomes in the ledger', log.outcomes.shippedRows);
    yield* gauge('model_server_log_pending_segments', 'Complete segments not shipped yet', log.pendingSegments);
    yield* gauge('model_server_log_pending_bytes', 'Bytes of the log on local disk', log.pendingBytes);
    yield* gauge('model_server_log_full', '1 while predictions are dropped for lack of disk quota', Number(log.isFull));
    yield* this.#setAside();
  }

  *#setAside(): Generator<string> {
    const { predictions, outcomes } = this.#options.log;
    const [waits, setAside] = ['model_server_log_waiting', 'model_server_log_set_aside_files'];
    yield* counter('model_server_log_refused_segments_total', 'Segments set aside whole', predictions.refusedSegments);
    yield* counter('model_server_predictions_refused_total', 'Predictions set aside', predictions.refusedRows);
    yield* counter('model_server_outcomes_refused_total', 'True outcomes set aside', outcomes.refusedRows);
    const logs = Object.entries(this.#options.log.status()).flatMap(([log, of]) =>
      typeof of === 'boolean' ? [] : [{ label: `{log="${log}"}`, of }],
    );
    yield* [`# HELP ${waits} 1 while the log cannot be shipped`, `# TYPE ${waits} gauge`];
    for (const { label, of } of logs) yield `${waits}${label} ${Number(of.trouble !== null)}`;
    yield* [`# HELP ${setAside} Files set aside, wrong in themselves`, `# TYPE ${setAside} gauge`];
    for (const { label, of } of logs) yield `${setAside}${label} ${of.setAside.length}`;
  }

  #labels(slot: number): string {
    const slotted = this.#options.slots.get(slot);
    return `model="${slotted?.model ?? ''}",version="${slotted?.version.version ?? ''}",environment="${slotted?.environment ?? ''}"`;
  }
}

const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

function* histogram(labels: string, traffic: Traffic): Generator<string> {
  const all = traffic.buckets.reduce((sum, n) => sum + n, 0);
  for (const bound of bounds)
    yield `model_server_request_seconds_bucket{${labels},le="${bound}"} ${answersWithin(traffic, bound)}`;
  yield `model_server_request_seconds_bucket{${labels},le="+Inf"} ${all}`;
  yield `model_server_request_seconds_sum{${labels}} ${traffic.secondsSum}`;
  yield `model_server_request_seconds_count{${labels}} ${all}`;
}

function counter(name: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, `${name} ${value}`];
}

function gauge(name: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`];
}
