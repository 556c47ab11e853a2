#!/usr/bin/env node
/** The command `temporal-mlops`. An installed package holds dist; a clone that was never built is built first. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cli = new URL('../dist/scripts/temporal-mlops.js', import.meta.url);

if (!existsSync(cli)) {
  const { runNode } = await import('./setup/run.mjs');
  const code = await runNode(fileURLToPath(new URL('./setup.mjs', import.meta.url)), ['build']);
  if (code !== 0) process.exit(code);
}
await import(cli.href);
