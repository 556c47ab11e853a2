import { existsSync } from 'node:fs';
import { clearTextVariables, readConfiguration } from '../../schemas/index.js';
import { bad, type Check, good } from './check.js';

const oldestNode = [20, 19] as const;

export async function checkNode(): Promise<Check[]> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  const found = `Node ${process.versions.node}`;
  return [isNew ? good('Node', found) : bad('Node', found, `Install Node ${oldestNode.join('.')} or newer.`)];
}

/** Every variable at once: one error names all that is missing or wrong. */
export async function checkConfiguration(): Promise<Check[]> {
  const configuration = readConfiguration(process.env);
  const { MLOPS_PROFILE, MODEL_SERVER_ADDRESS, MODEL_SERVER_TOKEN, MLOPS_SOURCE_DIRECTORIES } = configuration;
  const clear = clearTextVariables(configuration, process.env);
  const missing = Object.entries({ MODEL_SERVER_ADDRESS, MODEL_SERVER_TOKEN }).flatMap(([name, v]) =>
    v ? [] : [name],
  );
  const folders = MLOPS_SOURCE_DIRECTORIES ?? [];
  const absent = folders.filter((folder) => !existsSync(folder));
  return [
    good('configuration', `profile ${MLOPS_PROFILE}`),
    ...(clear.length === 0
      ? []
      : [
          good(
            'clear text',
            `leaves this machine by ${clear.join(', ')}`,
            'On a network that others share use TLS, and take MLOPS_ALLOW_CLEAR_TEXT away.',
          ),
        ]),
    ...(missing.length === 0
      ? []
      : [
          bad(
            'model server',
            `${missing.join(' and ')} not set`,
            'Workers need both, the same as the model server: see docs/operations.md.',
          ),
        ]),
    ...(absent.length === 0
      ? []
      : [bad('source folders', `${absent.join(', ')}: no such folder`, 'Correct MLOPS_SOURCE_DIRECTORIES.')]),
    ...(MLOPS_PROFILE === 'production' && folders.length === 0
      ? [
          good(
            'source folders',
            'none: no file can be collected',
            'Set MLOPS_SOURCE_DIRECTORIES to the folders that may be read.',
          ),
        ]
      : []),
  ];
}
