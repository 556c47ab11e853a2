import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { failure } from '../../schemas/index.js';
import { explain } from './explain-error.js';

const mostBytes = 1024 * 1024;

/** A recipe as a person wrote it: YAML, of which JSON is a part. Every fault of the text is told with its line. */
export function readDocument(file: string): Record<string, unknown> {
  const document = parseDocument(textOf(file), { prettyErrors: true, strict: true, uniqueKeys: true, version: '1.2' });
  const [fault] = document.errors;
  if (fault !== undefined)
    throw failure('InvalidInput', `${file} is neither JSON nor YAML: ${fault.message.trimEnd()}`);
  const parsed = z.record(z.string(), z.unknown()).safeParse(document.toJS({ maxAliasCount: 100 }));
  if (parsed.success) return parsed.data;
  throw failure('InvalidInput', `${file} is no recipe: it must be one object with named fields.`, { file });
}

function textOf(file: string): string {
  try {
    const bytes = readFileSync(file);
    if (bytes.length <= mostBytes) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw failure('NOT_FOUND', `${file} cannot be read: ${explain(error).message}`, { file, cause: error });
  }
  throw failure('InvalidInput', `${file} is larger than ${mostBytes / 1024} KiB: it is no recipe.`, { file });
}
