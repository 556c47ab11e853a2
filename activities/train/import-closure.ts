import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** What a module imports by a path, as it stands in compiled code; types import nothing. */
const relativeImport = /^\s*(?:import|export)(?!\s+type\b)[^'"`;]*?(?:\bfrom\s*)?['"](\.{1,2}\/[^'"]+)['"]/gm;

/** The files that run when the given ones do: they and everything that they import by a path, sorted. */
export async function importClosure(
  entries: readonly string[],
  isOurs: (file: string) => boolean = () => true,
): Promise<string[]> {
  const found = new Set(entries.map((entry) => resolve(entry)));
  for (const file of found) for (const imported of await importsOf(file)) if (isOurs(imported)) found.add(imported);
  return [...found].sort();
}

async function importsOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  const paths = [...text.matchAll(relativeImport)].map(([, path = '']) => resolve(dirname(file), path));
  return paths.filter((path) => existsSync(path));
}
