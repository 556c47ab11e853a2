import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The real Temporal CLI, as a person would use it: each command is printed before it runs. */
export class TemporalCommand {
  readonly #cli: string;
  readonly #environment: Record<string, string>;
  readonly #say: (line: string) => void;

  constructor(cli: string, environment: Record<string, string>, say: (line: string) => void) {
    this.#cli = cli;
    this.#environment = environment;
    this.#say = say;
  }

  /** The input is an object, or the path of a JSON file. */
  async start(type: string, workflowId: string, input: object | string): Promise<void> {
    const given = typeof input === 'string' ? ['--input-file', input] : ['-i', JSON.stringify(input)];
    await this.#run(['workflow', 'start', '--type', type, '--task-queue', 'mlops', '-w', workflowId, ...given]);
  }

  async signal(workflowId: string, name: string, body: object): Promise<void> {
    await this.#run(['workflow', 'signal', '-w', workflowId, '--name', name, '-i', JSON.stringify(body)]);
  }

  async #run(args: string[]): Promise<void> {
    this.#say(`$ temporal ${args.map(quoted).join(' ')}`);
    await run(this.#cli, args, { env: { ...process.env, ...this.#environment } });
  }
}

const quoted = (text: string) => (/^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
