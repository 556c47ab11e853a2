import { readFileSync } from 'node:fs';
import type { BundleOptions, WorkflowBundleOption } from '@temporalio/worker';
import { failure } from './schemas/index.js';

const ourModule = /workflows[\\/]lifecycle\.(js|ts)$/;
type Hook = NonNullable<BundleOptions['webpackConfigHook']>;

/**
 * A host whose own workflows forget to re-export ours would start and then fail every task of ours. The bundle is
 * refused instead.
 */
export function refuseWithoutOurWorkflows(theirs: Hook | undefined): Hook {
  return (config) => {
    const hooked = theirs ? theirs(config) : config;
    return { ...hooked, plugins: [...(hooked.plugins ?? []), { apply: checkModules }] };
  };
}

interface Compiler {
  hooks: {
    afterCompile: {
      tap(name: string, check: (compilation: { modules: Iterable<object>; errors: Error[] }) => void): void;
    };
  };
}

function checkModules(compiler: unknown): void {
  (compiler as Compiler).hooks.afterCompile.tap('temporal-mlops', ({ modules }) => {
    for (const module of modules) if ('resource' in module && ourModule.test(String(module.resource))) return;
    throw notExported();
  });
}

/** For a bundle that was built ahead of time: its module ids name our files. */
export function refuseBundleWithoutOurs(bundle: WorkflowBundleOption): void {
  const code = 'codePath' in bundle ? readFileSync(bundle.codePath, 'utf8') : bundle.code;
  if (!/workflows[\\/]+lifecycle\.(js|ts)/.test(code)) throw notExported();
  if (!/workflows[\\/]+payload-converter\.(js|ts)/.test(code)) throw builtWithoutPlugin();
}

function notExported(): Error {
  return failure(
    'WORKFLOWS_NOT_EXPORTED',
    "This Worker's workflows do not re-export those of temporal-mlops. Add to your workflows module: export * from 'temporal-mlops/workflows';",
  );
}

function builtWithoutPlugin(): Error {
  return failure(
    'WORKFLOWS_NOT_EXPORTED',
    'This bundle was built without the plugin: it lacks the guard against undecodable messages. Build it with bundleWorkflowCode({ …, plugins: [mlopsPlugin] }).',
  );
}
