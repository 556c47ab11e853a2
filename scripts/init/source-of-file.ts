import { existsSync, realpathSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { formatOfName } from '../../activities/sources/format-of-name.js';
import { failure, ModelName, type SourceFormat, SourceName } from '../../schemas/index.js';
import { Misunderstood } from '../cli/verb.js';

export interface FoundSource {
  /** the real file */
  readonly file: string;
  readonly format: SourceFormat;
  /** as a recipe names it: from the folder that the worker may read, where it lies in one */
  readonly path: string;
  readonly isReadable: boolean;
  readonly name: string;
}

/** A file of a person as a source of a recipe. `folders` are those that the worker may read. */
export function sourceOfFile(given: string, folders: readonly string[]): FoundSource {
  if (!existsSync(given)) throw failure('SOURCE_NOT_FOUND', `${given} is not there.`, { path: given });
  const file = realpathSync(resolve(given));
  const folder = folders.map((one) => resolve(one)).find((one) => isInside(file, one));
  const path = folder === undefined ? file : relative(folder, file);
  return { file, format: formatOf(file), path, isReadable: folder !== undefined, name: sourceName(file) };
}

function isInside(file: string, folder: string): boolean {
  const path = relative(existsSync(folder) ? realpathSync(folder) : folder, file);
  return path !== '' && !path.startsWith('..');
}

function formatOf(file: string): SourceFormat {
  const format = formatOfName(file);
  if (format !== null) return format;
  throw new Misunderstood(`${basename(file)} is neither .csv, .jsonl nor .parquet: its name says how it is read.`);
}

const stem = (file: string): string => basename(file).replace(/(\.[a-z]+){1,2}$/i, '');

function sourceName(file: string): string {
  const name = stem(file)
    .replace(/\W+/g, '_')
    .replace(/^(?=\d)/, '_')
    .slice(0, 60);
  return SourceName.catch('source').parse(name);
}

/** The name that a model of this file gets without a word. */
export function modelNameOf(file: string): string {
  const name = stem(file)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 60);
  return ModelName.catch('model').parse(name);
}
