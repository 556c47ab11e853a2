import { scanFile } from './scan-file.js';
import type { TextRows } from './text-rows.js';

/** The file of a source's record, counted from 0, and the line on which it begins. */
export async function recordAt({ groups, csv }: TextRows, record: number): Promise<{ name: string; line: number }> {
  const before = csv.header === false ? 0 : 1;
  let left = record;
  for (const file of groups.flatMap(({ files }) => files)) {
    const records = file.scan.records - before;
    if (left < records) {
      const { recordLine } = await scanFile(file, file.marks, { records: left + before });
      return { name: file.name, line: recordLine };
    }
    left -= records;
  }
  return { name: groups[0]?.files[0]?.name ?? '', line: 0 };
}
