import type { Verb } from './verb.js';

/** One line per verb, in the order of the help. A verb's file is loaded when it is called. */
export const verbs: Record<string, { summary: string; load: () => Promise<{ verb: Verb }> }> = {
  dev: { summary: 'run everything on this machine', load: () => import('../verbs/dev.js') },
  quickstart: { summary: "a model's whole life on real flights", load: () => import('../verbs/quickstart.js') },
  init: { summary: 'write a recipe for a file of your own', load: () => import('../verbs/init.js') },
  start: { summary: 'start what a recipe describes, and follow it', load: () => import('../verbs/start.js') },
  status: { summary: 'where every model stands, or one in detail', load: () => import('../verbs/status.js') },
  approve: { summary: 'approve or reject what waits', load: () => import('../verbs/approve.js') },
  rollback: { summary: 'return to the previous version', load: () => import('../verbs/rollback.js') },
  runs: { summary: 'training runs of a model, listed or side by side', load: () => import('../verbs/runs.js') },
  card: { summary: 'the model card of a version', load: () => import('../verbs/card.js') },
  report: {
    summary: 'the newest monitor report of a model, or that of a day',
    load: () => import('../verbs/report.js'),
  },
  lineage: { summary: 'what made a prediction, version, run or dataset', load: () => import('../verbs/lineage.js') },
  verify: { summary: 'check the ledger and every blob', load: () => import('../verbs/verify.js') },
  logs: {
    summary: 'what waits to be shipped; ship it again; retire what is old',
    load: () => import('../verbs/logs.js'),
  },
  schema: { summary: 'what a workflow or message takes', load: () => import('../verbs/schema.js') },
  doctor: { summary: 'check every connection and setting', load: () => import('../verbs/doctor.js') },
  migrate: { summary: "bring the ledger's database up to date", load: () => import('../verbs/migrate.js') },
  worker: { summary: 'run a worker on all task queues', load: () => import('../verbs/worker.js') },
  serve: { summary: 'run a model server', load: () => import('../verbs/serve.js') },
  bench: { summary: 'measure us against what one would use instead', load: () => import('../verbs/bench.js') },
  completion: { summary: 'what makes a shell complete our words', load: () => import('../verbs/completion.js') },
};
