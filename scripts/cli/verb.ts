import type { ParseArgsConfig } from 'node:util';

/** One verb of the command line: one file in scripts/verbs, one line in scripts/temporal-mlops.ts. */
export interface Verb {
  readonly name: string;
  /** one line, shown by `--help` */
  readonly summary: string;
  /** e.g. "lineage <request id | digest | model@version>" */
  readonly usage: string;
  readonly options?: ParseArgsConfig['options'];
  /** Returns the process's exit code. `json` is set by --json: print one JSON value and nothing else. */
  run(call: VerbCall): Promise<number>;
}

export interface VerbCall {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
  readonly json: boolean;
}
