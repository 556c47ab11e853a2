import { type Marks, space } from './record-grammar.js';

/** The fields of one record, as the grammar cuts them: quotes taken off, spaces around them too. */
export function fieldsOf(record: string, marks: Marks): string[] {
  const { delimiter, quote, escape } = marks;
  const fields: string[] = [];
  let at = 0;
  while (at <= record.length) {
    const start = skipSpaces(record, at, delimiter);
    const isQuoted = quote !== -1 && record.charCodeAt(start) === quote;
    const { text, next } = isQuoted
      ? quotedField(record, start + 1, { quote, escape })
      : plainField(record, at, delimiter);
    fields.push(text);
    const end = isQuoted ? skipSpaces(record, next, delimiter) : next;
    if (end >= record.length) break;
    at = end + 1;
  }
  return fields;
}

function skipSpaces(record: string, from: number, delimiter: number): number {
  let at = from;
  if (delimiter === space) return at;
  while (record[at] === ' ') at++;
  return at;
}

function plainField(record: string, from: number, delimiter: number) {
  const found = record.indexOf(String.fromCharCode(delimiter), from);
  const next = found === -1 ? record.length : found;
  return { text: record.slice(from, next), next };
}

function quotedField(record: string, from: number, { quote, escape }: { quote: number; escape: number }) {
  let text = '';
  for (let at = from; at < record.length; at++) {
    const code = record.charCodeAt(at);
    const isEscaping = code === escape && (escape !== quote || record.charCodeAt(at + 1) === quote);
    if (isEscaping) text += record[++at] ?? '';
    else if (code === quote) return { text, next: at + 1 };
    else text += record[at];
  }
  return { text, next: record.length };
}
