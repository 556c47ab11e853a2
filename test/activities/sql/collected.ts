import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectJob } from '../../../activities/sql/jobs/collect.js';
import { type SourceFiles, SqlLimits } from '../../../activities/sql/sql-job.js';
import { CollectRules, errorCode, type SourceFormat } from '../../../schemas/index.js';
import { queried } from './queried.js';

const limits = SqlLimits.parse({ memoryMb: 512 });

/** A folder of source files, and what the child's half of `collect` makes of them, in this process. */
export function sourceFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'mlops-collected-'));
  const path = (name: string) => join(folder, name);
  return {
    path,
    write: (name: string, content: string | Uint8Array) => writeFileSync(path(name), content),
    parquet: (name: string, query: string) => queried(`COPY (${query}) TO '${path(name)}' (FORMAT parquet)`),
    collect: (names: string | string[], more: Asked = {}) => collect(folder, [names].flat(), more),
    refusal: async (names: string | string[], more: Asked = {}) => {
      const refused: unknown = await collect(folder, [names].flat(), more).then(
        () => null,
        (error: unknown) => error,
      );
      return refused instanceof Error ? `${errorCode(refused)}: ${refused.message}` : 'it was collected';
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface Asked extends Pick<SourceFiles, 'csv' | 'columns' | 'json' | 'pinned'> {
  readonly rules?: Record<string, unknown>;
}

async function collect(folder: string, names: string[], { rules = {}, ...said }: Asked) {
  const directory = mkdtempSync(join(folder, 'job-'));
  mkdirSync(join(directory, 'out'));
  const format = formats[String(names[0]).replace(/\.gz$/, '').split('.').at(-1) ?? ''] ?? 'jsonl';
  const files = names.map((name) => join(folder, name));
  const source: SourceFiles = { name: 's', format, files, ...said };
  const done = await collectJob({
    kind: 'collect',
    directory,
    limits,
    sources: [source],
    rules: CollectRules.parse(rules),
  });
  const parts = `read_parquet([${done.content.parts.map(({ file }) => `'${file}'`).join(', ')}])`;
  const rows = await queried(`FROM ${parts}`);
  const types = Object.fromEntries(done.content.columns.map(({ name, type }) => [name, type]));
  return { ...done, types, rows, column: (name: string) => rows.map((row) => row[name]) };
}

const formats: Record<string, SourceFormat> = { csv: 'csv', jsonl: 'jsonl', json: 'jsonl', parquet: 'parquet' };
