import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Place } from './place.js';

/** The settings of our processes in this place. No model server runs at the address unless a bench starts one there. */
export function portsEnvironment(place: Place, databaseUrl: string, controlPort = 9) {
  return {
    DATABASE_URL: databaseUrl,
    BLOB_URL: pathToFileURL(join(place.folder, 'blobs')).href,
    MLOPS_PROFILE: 'development',
    MLOPS_WORK_DIRECTORY: join(place.folder, 'work'),
    MODEL_SERVER_ADDRESS: `http://127.0.0.1:${controlPort}`,
    MODEL_SERVER_TOKEN: 'a-token-of-one-bench-run',
  };
}
