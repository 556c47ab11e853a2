import type { ColumnType, CsvFormat, PinnedColumn } from '../../../../../schemas/index.js';
import { quoteText } from '../../../sql-quote.js';
import { type Kind, stringKind, trimmedKind } from './kind.js';
import { declaredInteger, declaredNumber, integerKind, numberKind } from './number-kinds.js';
import { timeKinds } from './time-kinds.js';

/** What texts may be where nobody says it, the first that all of a column are. */
export function inferredKinds(csv: CsvFormat): Kind[] {
  const isDeclared = csv.dateFormat !== undefined || csv.timestampFormat !== undefined;
  const rest = [
    booleanKind(csv.trueValues ?? ['true'], csv.falseValues ?? ['false']),
    integerKind(csv),
    numberKind(csv),
  ];
  return isDeclared ? [...timeKinds(csv), ...rest] : [...rest, ...timeKinds(csv)];
}

/** What a declared type takes. */
export function declaredKinds(type: ColumnType, csv: CsvFormat): Kind[] {
  switch (type) {
    case 'string':
      return [stringKind];
    case 'integer':
      return [declaredInteger(csv)];
    case 'number':
      return [declaredNumber(csv)];
    case 'boolean':
      return [booleanKind(csv.trueValues ?? trueTexts, csv.falseValues ?? falseTexts)];
    case 'timestamp':
      return timeKinds(csv);
  }
}

/** What the dataset knows a column to be, found out as it was found out then; null where nothing of it is known. */
export function pinnedKind({ type, timeFormat }: PinnedColumn, csv: CsvFormat): Kind | null {
  if (type === 'string') return stringKind;
  const ofType = inferredKinds(csv).filter((kind) => kind.type === type);
  return ofType.find((kind) => timeFormat === null || kind.timeFormat === timeFormat) ?? null;
}

const trueTexts = ['true', 't', 'yes', 'y', 'on', '1'];
const falseTexts = ['false', 'f', 'no', 'n', 'off', '0'];

function booleanKind(trueValues: readonly string[], falseValues: readonly string[]): Kind {
  const list = (texts: readonly string[]) => texts.map((text) => quoteText(text.toLowerCase())).join(', ');
  const all = new Set([...trueValues, ...falseValues].map((text) => text.toLowerCase()));
  return trimmedKind((trimmed) => ({
    type: 'boolean',
    words: 'true or false',
    looks: (text) => all.has(text.trim().toLowerCase()),
    test: (text) => `lower(${trimmed(text)}) IN (${list(trueValues)}, ${list(falseValues)})`,
    value: (text) => `lower(${trimmed(text)}) IN (${list(trueValues)})`,
  }));
}
