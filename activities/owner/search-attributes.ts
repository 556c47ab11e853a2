import type { NativeConnection } from '@temporalio/worker';
import { searchAttributes } from '../../schemas/index.js';

/** Our search attributes that a namespace lacks, with the type to create them by. */
export async function missingSearchAttributes(
  connection: Pick<NativeConnection, 'operatorService'>,
  namespace: string,
): Promise<{ name: string; type: string }[]> {
  const listed = await connection.operatorService.listSearchAttributes({ namespace });
  const known = new Set(Object.keys(listed.customAttributes ?? {}));
  return Object.entries(searchAttributes)
    .filter(([name]) => !known.has(name))
    .map(([name, type]) => ({ name, type }));
}
