import { constants, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './run.mjs';
import { filesBelow } from './stamp.mjs';

const source = 'node_modules/onnxruntime-node';
/** Where Node looks first for what compiled code imports under this name. */
const target = 'dist/node_modules/onnxruntime-node';
/** What DuckDB and Temporal's core are there for as well; Windows is not supported. */
const platforms = ['linux/x64', 'linux/arm64', 'darwin/arm64'];
/** The same library again, under the name that nothing asks for. */
const isAskedFor = (path) => !/libonnxruntime\.\d+\.\d+\.\d+\.dylib$/.test(path);

const licence = `MIT License

Copyright (c) Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/**
 * ONNX Runtime as our package carries it: the files that npm checked by their digest, without the install script, which
 * would fetch CUDA from another place than the registry and fail where there is none (docs/adr/0011). A file that a
 * process may have open is replaced and never written over; package.json comes last, and says that all the others are there.
 */
export function carryEngine() {
  const { scripts: _scripts, dependencies, devDependencies: _dev, ...rest } = readJson(`${source}/package.json`);
  const common = { 'onnxruntime-common': dependencies['onnxruntime-common'] };
  const manifest = { ...rest, dependencies: common };
  if (carriedVersion() !== rest.version) {
    for (const path of filesBelow(source).filter(isCarried)) replace(path, path.replace(source, target));
    writeFileSync(join(root, target, 'LICENSE'), licence);
    writeFileSync(join(root, target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  }
  return filesBelow(target);
}

function carriedVersion() {
  return existsSync(join(root, target, 'package.json')) ? readJson(`${target}/package.json`).version : undefined;
}

function isCarried(path) {
  const [, folder, ...below] = path.slice(source.length).split('/');
  if (folder === 'dist') return !path.endsWith('.map');
  return folder === 'bin' && platforms.includes(below.slice(1, 3).join('/')) && isAskedFor(path);
}

function replace(from, to) {
  const path = join(root, to);
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(join(root, from), `${path}.new`, constants.COPYFILE_FICLONE);
  renameSync(`${path}.new`, path);
}

const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
