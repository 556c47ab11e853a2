import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type RegisteredName, registry } from '../schemas/index.js';
import { jsonSchemaOf } from './cli/json-schema.js';

/** One file for each workflow and message, beside the code that it is made of: the two cannot differ. */
const folder = fileURLToPath(new URL('../schemas/json/', import.meta.url));
await mkdir(folder, { recursive: true });
for (const name of Object.keys(registry) as RegisteredName[])
  await writeFile(`${folder}${name}.json`, `${JSON.stringify(jsonSchemaOf(name), null, 2)}\n`);
