/**
 * RFC 4180 as `docs/data.md` says it, read a second time and in another way than the product reads it: the whole text at
 * once, by characters. Null where a record does not fit. An empty line is no record, unless there is
 * one column, and it stands behind the header.
 */
export function recordsByTheBook(text: string, delimiter: string): string[][] | null {
  const records: string[][] = [];
  let [at, record] = [0, [] as string[]];
  const endRecord = () => {
    records.push(record);
    record = [];
  };
  while (at < text.length) {
    const field = fieldAt(text, at, delimiter);
    if (field === null) return null;
    record.push(field.value);
    at = field.end;
    if (text[at] === delimiter) {
      at++;
      if (at < text.length) continue;
      record.push(''); // a delimiter at the very end
    } else if (text.startsWith('\r\n', at)) at += 2;
    else at++;
    endRecord();
  }
  const width = records.find((one) => !isEmptyLine(one))?.length ?? 0;
  const first = records.findIndex((one) => !isEmptyLine(one));
  const kept = width === 1 ? records.slice(first) : records.filter((one) => !isEmptyLine(one));
  return kept.every((one) => one.length === width) ? kept : null;
}

const isEmptyLine = (record: readonly string[]) => record.length === 1 && record[0] === '';

interface Field {
  readonly value: string;
  /** where the delimiter, the end of the line or the end of the text is */
  readonly end: number;
}

function fieldAt(text: string, from: number, delimiter: string): Field | null {
  let start = from;
  while (text[start] === ' ' && delimiter !== ' ') start++;
  if (text[start] !== '"') return plainFieldAt(text, from, delimiter);
  let [at, value] = [start + 1, ''];
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return null;
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') {
      let end = quote + 1;
      while (text[end] === ' ') end++;
      return end === text.length || text[end] === delimiter || isLineEnd(text[end]) ? { value, end } : null;
    }
    value += '"';
    at = quote + 2;
  }
}

function plainFieldAt(text: string, from: number, delimiter: string): Field {
  let end = from;
  while (end < text.length && text[end] !== delimiter && !isLineEnd(text[end])) end++;
  return { value: text.slice(from, end), end };
}

const isLineEnd = (character: string | undefined) => character === '\n' || character === '\r';
