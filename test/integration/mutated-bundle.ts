import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A file of the compiled workflows, and two activities that are swapped in it. */
export type Mutation = readonly [file: string, one: string, other: string];

/** Our workflows as a careless change would leave them: histories of the real ones do not replay with them. */
export async function mutatedBundle(mutations: readonly Mutation[]): Promise<WorkflowBundleWithSourceMap> {
  mkdirSync(join(root, '.mlops'), { recursive: true });
  const copy = mkdtempSync(join(root, '.mlops', 'mutated-'));
  try {
    for (const room of ['schemas', 'statistics', 'workflows'])
      cpSync(join(root, 'dist', room), join(copy, room), { recursive: true });
    for (const [file, one, other] of mutations) swap(join(copy, 'workflows', file), one, other);
    return await bundleWorkflowCode({
      workflowsPath: join(copy, 'workflows', 'index.js'),
      payloadConverterPath: join(copy, 'workflows', 'payload-converter.js'),
      preloadModules: ['warm', 'index'].map((name) => join(copy, 'schemas', `${name}.js`)),
      logger: new DefaultLogger('ERROR'),
    });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function swap(path: string, one: string, other: string): void {
  const code = readFileSync(path, 'utf8');
  const swapped = code.replace(new RegExp(`'(${one}|${other})'`, 'g'), (_, name) =>
    name === one ? `'${other}'` : `'${one}'`,
  );
  if (swapped === code) throw new Error(`${path} calls neither ${one} nor ${other}`);
  writeFileSync(path, swapped);
}
