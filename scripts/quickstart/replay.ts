import { Agent, request } from 'node:http';
import type { Flight } from './flights.js';

export interface Answered {
  readonly requestId: string;
  readonly version: number;
}

/** Plays flights against the model server as live requests, and tells it the outcomes afterwards. */
export class Replay {
  sent = 0;
  failed = 0;
  firstFailure: string | null = null;
  #ready = false;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #serverUrl: string;
  readonly #model: string;

  constructor(serverUrl: string, model: string) {
    this.#serverUrl = serverUrl;
    this.#model = model;
  }

  /** One request per flight, sixteen at a time; the answers in the order of the flights (null where it failed). */
  async play(flights: readonly Flight[], idPrefix: string): Promise<(Answered | null)[]> {
    const answers: (Answered | null)[] = [];
    let next = 0;
    const runner = async () => {
      while (next < flights.length) {
        const index = next++;
        answers[index] = await this.ask(flights[index] as Flight, `${idPrefix}-${index}`);
      }
    };
    await Promise.all(Array.from({ length: 16 }, runner));
    return answers;
  }

  /** What became of the flights: at most 500 outcomes a message. */
  async tell(flights: readonly Flight[], answers: readonly (Answered | null)[]): Promise<void> {
    const outcomes = answers.flatMap((answer, i) =>
      answer ? [{ requestId: answer.requestId, outcome: (flights[i]?.delay ?? 0) > 15 }] : [],
    );
    for (let i = 0; i < outcomes.length; i += 500) {
      const { status, body } = await this.#post('/v1/outcomes', { outcomes: outcomes.slice(i, i + 500) }, {});
      if (status >= 300) throw new Error(`outcomes were refused: ${body}`);
    }
  }

  async ask(flight: Flight, requestId: string): Promise<Answered | null> {
    const { delay: _, ...known } = flight;
    this.sent += 1;
    const answer = await this.#post(
      `/models/${this.#model}/invocations`,
      { dataframe_records: [known] },
      { 'x-request-id': requestId },
    ).catch((error: unknown) => ({ status: 0, body: String(error), version: 0 }));
    if (answer.status === 200) return { requestId, version: answer.version };
    this.failed += 1;
    this.firstFailure ??= `${answer.status} ${answer.body}`.slice(0, 300);
    return null;
  }

  /** Whether some version answers: asked until it does once. */
  async isReady(): Promise<boolean> {
    this.#ready ||= (await fetch(`${this.#serverUrl}/v2/models/${this.#model}/ready`).catch(() => null))?.ok ?? false;
    return this.#ready;
  }

  close(): void {
    this.#agent.destroy();
  }

  #post(
    path: string,
    body: unknown,
    headers: Record<string, string>,
  ): Promise<{ status: number; body: string; version: number }> {
    const text = JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        this.#serverUrl + path,
        {
          method: 'POST',
          agent: this.#agent,
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              body: Buffer.concat(chunks).toString('utf8'),
              version: Number(response.headers['x-model-version'] ?? 0),
            }),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  }
}
