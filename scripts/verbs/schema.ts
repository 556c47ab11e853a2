import { type Documented, failure, type RegisteredName, registry, suggestion } from '../../schemas/index.js';
import { type JsonSchema, jsonSchemaOf } from '../cli/json-schema.js';
import { print } from '../cli/print.js';
import { columns } from '../cli/text-columns.js';
import type { Verb, VerbCall } from '../cli/verb.js';

export const verb: Verb = {
  name: 'schema',
  summary: 'what a workflow or message takes: its JSON Schema and an example that works',
  usage: 'schema [<workflow or message>]',
  run: async (call) => {
    const [name] = call.positionals;
    if (name === undefined) list(call);
    else print(JSON.stringify(described(name), null, call.json ? 0 : 2));
    return 0;
  },
};

function list({ json }: VerbCall): void {
  const entries = Object.entries(registry as Record<string, Documented>).flatMap(([name, { kind, isUpdateToo }]) => [
    { name, kind },
    ...(isUpdateToo ? [{ name, kind: 'update' }] : []),
  ]);
  if (json) return print(JSON.stringify(entries));
  print(columns([['NAME', 'KIND'], ...entries.map(({ name, kind }) => [name, kind])]));
}

interface Described extends Omit<Documented, 'schema'> {
  readonly name: string;
  readonly schema: JsonSchema;
}

/** `schema` is of what is sent, before defaults are filled in; `example` is valid by it. */
export function described(name: string): Described {
  if (!isRegistered(name)) throw unknown(name);
  const { kind, example }: Documented = registry[name];
  return { name, kind, schema: jsonSchemaOf(name), example };
}

const isRegistered = (name: string): name is RegisteredName => Object.hasOwn(registry, name);

function unknown(name: string) {
  const hint = suggestion(name, Object.keys(registry));
  return failure('NOT_FOUND', `"${name}" is neither a workflow nor a message.${hint}`, { name });
}
