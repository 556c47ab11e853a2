import { missingSearchAttributes } from '../../activities/owner/search-attributes.js';
import { shownUrl } from '../../schemas/index.js';
import { type TemporalConnection, withTemporal } from '../cli/connect.js';
import { bad, type Check, good } from './check.js';
import { dispatchWaitMs } from './dispatch-wait.js';
import { checkRunningWorkflows } from './running-workflows.js';
import { checkWorkers } from './workers.js';

/** The server loads its queue of tasks 20 times a second and shard by default: then each dispatch waits for up to 50 ms. */
const longWaitMs = 40;

export function checkTemporal(): Promise<Check[]> {
  return withTemporal(async (temporal) => {
    const { connection, namespace, address } = temporal;
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
    const info = await connection.workflowService.getSystemInfo({});
    return [
      good('Temporal', `${shownUrl(address)}, namespace ${namespace}, server ${info.serverVersion ?? 'unknown'}`),
      await searchAttributes(temporal),
      await dispatchWait(temporal),
      await checkWorkers(temporal),
      ...(await checkRunningWorkflows(temporal)),
      good('buffered events', 'cannot be read from here', bufferedEvents),
      payloadLimit(Number(namespaceInfo?.limits?.blobSizeLimitError ?? 0)),
    ];
  });
}

const bufferedEvents =
  'On your own server set history.maximumBufferedEventsBatch to 20000, so that a flood of signals cannot hold up a rollback (docs/operations.md).';

/** What we send is at most 256 KiB, and a little more around it. */
const wantedLimitBytes = 320 * 1024;

function payloadLimit(bytes: number): Check {
  const found = bytes === 0 ? 'cannot be read from here' : `${Math.round(bytes / 1024)} KiB`;
  if (bytes === wantedLimitBytes) return good('payload limit', found);
  if (bytes > 0 && bytes < wantedLimitBytes) return bad('payload limit', found, largerLimit);
  return good('payload limit', found, smallerLimit);
}

const smallerLimit =
  'On your own server set limit.blobSize.error to 327680 and limit.blobSize.warn to 262144, so that no flood of large signals fills a history up and ends its workflow (docs/operations.md).';
const largerLimit = 'Set limit.blobSize.error to 327680: what workflows hand on may have 256 KiB (docs/operations.md).';

async function searchAttributes({ connection, namespace }: TemporalConnection): Promise<Check> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return good('search attributes', 'all there');
  const lines = missing.map(
    ({ name, type }) =>
      `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type}`,
  );
  return bad(
    'search attributes',
    `missing: ${missing.map((m) => m.name).join(', ')}`,
    ['Create them with:', ...lines].join('\n  '),
  );
}

async function dispatchWait(temporal: TemporalConnection): Promise<Check> {
  const wait = await dispatchWaitMs(temporal);
  const found = `a workflow task is dispatched in ${wait.toFixed(0)} ms (median)`;
  if (wait < longWaitMs) return good('dispatch wait', found);
  const remedy =
    'On a busy machine, a far server or Temporal Cloud nothing is to be done; on your own server set history.transferProcessorMaxPollRPS to 10000 in its dynamic configuration (docs/operations.md).';
  return good('dispatch wait', `${found}: everything works, and each step takes longer`, remedy);
}
