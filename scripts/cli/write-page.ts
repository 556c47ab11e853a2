import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type PageLinks, pageLinks } from '../../schemas/index.js';
import { text } from './arguments.js';
import type { VerbCall, VerbOption } from './verb.js';

export const pageOptions: Readonly<Record<string, VerbOption>> = {
  open: { type: 'boolean', short: 'o', words: 'open it in the browser, or whatever opens such files here' },
  out: { type: 'string', value: '<file>', words: 'write it there; else below .mlops/pages' },
};

export interface WrittenPage {
  readonly path: string;
  readonly url: string;
}

/** Where pages are served: beside "npm run dev" they are; null where nobody said so. */
export function servedPages(): PageLinks | null {
  const base = process.env['MLOPS_PAGES_URL'];
  return base ? pageLinks(base) : null;
}

/** Writes bytes of the blob store where a person's programs find them. */
export function writePage(call: VerbCall, name: string, bytes: Uint8Array): WrittenPage {
  const path = resolve(text(call, 'out') ?? `.mlops/pages/${name}`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  const page = { path, url: pathToFileURL(path).href };
  if (call.values['open'] === true) openPage(page);
  return page;
}

const openers: Readonly<Record<string, string>> = { darwin: 'open', win32: 'explorer' };

/** Whoever has no desktop reads the path. */
function openPage({ path }: WrittenPage): void {
  const opener = spawn(openers[process.platform] ?? 'xdg-open', [path], { stdio: 'ignore', detached: true });
  opener.on('error', () => {});
  opener.unref();
}
