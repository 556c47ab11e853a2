/** One option of a verb, as `--help` shows it. */
export interface VerbOption {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** what it does, in a few words */
  readonly words: string;
  /** how its value is written, e.g. "<version>" */
  readonly value?: string;
}

/** One verb of the command line: one file in scripts/verbs, one line in scripts/cli/verbs.ts. */
export interface Verb {
  readonly name: string;
  /** one line, shown by `--help` */
  readonly summary: string;
  /** e.g. "lineage <request id | digest | model@version>" */
  readonly usage: string;
  readonly options?: Readonly<Record<string, VerbOption>>;
  /** Returns the process's exit code. `json` is set by --json: print one JSON value and nothing else. */
  run(call: VerbCall): Promise<number>;
}

export interface VerbCall {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
  readonly json: boolean;
}

/** What was typed is no command: exit 2, with the way to the help. */
export class Misunderstood extends Error {
  override readonly name = 'Misunderstood';
}
