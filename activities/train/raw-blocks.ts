import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/** Some raw rows of one split, `columns[column][row]` in the order of the signature; see `RawColumns` for the values. */
const RawBlock = z.strictObject({
  split: z.enum(['validation', 'test']),
  columns: z.array(z.array(z.union([z.number(), z.string(), z.boolean(), z.null()]))).min(1),
});
export type RawBlock = z.infer<typeof RawBlock>;

/** The held-out rows of a plan, in the order of its matrix: validation, then test. One block is in memory at a time. */
export async function* readRawBlocks(file: string): AsyncGenerator<RawBlock> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) yield RawBlock.parse(JSON.parse(line));
}

export async function firstRawBlock(file: string): Promise<RawBlock | null> {
  for await (const block of readRawBlocks(file)) return block;
  return null;
}
