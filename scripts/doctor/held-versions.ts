import { z } from 'zod';
import { EndpointStatus } from '../../schemas/index.js';
import { bad, type Check } from './check.js';

const Endpoints = z.object({ endpoints: z.array(EndpointStatus) });

const remedy =
  'Its files were lost, and the blobs are away or damaged: look at the log of the model server, which fetches it by itself when they are back.';

/** Whatever should answer and is in no memory; `body` is what the control port says of its endpoints. */
export function heldVersions(body: unknown): Check[] {
  const endpoints = Endpoints.safeParse(body).data?.endpoints ?? [];
  return endpoints.flatMap(({ model, environment, routes, loaded }) => {
    const routed = [routes.current, routes.candidate].filter((version) => version !== null);
    const absent = routed.filter(({ version }) => !loaded.includes(version)).map(({ version }) => version);
    if (absent.length === 0) return [];
    return [bad('what serves', `${environment}/${model}: version ${absent.join(', ')} is in no memory`, remedy)];
  });
}
