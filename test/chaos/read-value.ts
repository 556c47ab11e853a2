import { firstTooLarge } from '../../schemas/index.js';

const missing = new Set(['', 'NA', 'N/A', 'null', 'NULL', 'NaN', 'nan']);

/** Whether what a table holds, as DuckDB writes it, is what a text of a CSV says, read as a column of that type. */
export function isValueOf(text: string, type: string, read: string | null): boolean {
  if (missing.has(text)) return read === null;
  const trimmed = text.trim();
  switch (type) {
    case 'VARCHAR':
      return read === text;
    case 'BOOLEAN':
      return read === trimmed.toLowerCase();
    case 'BIGINT':
      return read !== null && /^-?\d+$/.test(trimmed) && BigInt(read) === BigInt(trimmed);
    case 'DOUBLE':
      if (Math.abs(Number(trimmed)) >= firstTooLarge) return read === null;
      return read !== null && trimmed !== '' && Number(read) === Number(trimmed);
    case 'TIMESTAMP':
      return read !== null && instantsOf(trimmed).includes(microseconds(read));
    default:
      return false;
  }
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Every instant, in microseconds since 1970, that a text may be: two where day and month may change places. */
function instantsOf(text: string): bigint[] {
  const iso = /^\d{4}-\d{2}-\d{2}/.test(text);
  if (iso) return [microseconds(text)];
  const [, one = '', two = '', three = '', clock = ''] =
    /^(\d+|[A-Za-z]+)[-/. ](\d+|[A-Za-z]+),?[-/. ](\d+)(?: (.+))?$/.exec(text) ?? [];
  const monthOf = (word: string) =>
    /^\d+$/.test(word) ? Number(word) : 1 + months.indexOf(word.slice(0, 3).toLowerCase());
  const orders =
    one.length === 4
      ? [[one, two, three]]
      : [
          [three, one, two],
          [three, two, one],
        ];
  return orders.flatMap(([year = '', month = '', day = '']) => {
    const pad = (value: number | string, width = 2) => String(value).padStart(width, '0');
    const date = `${pad(year, 4)}-${pad(monthOf(month))}-${pad(day)}`;
    return Number.isNaN(Date.parse(date)) ? [] : [microseconds(`${date} ${clock24(clock)}`)];
  });
}

function clock24(clock: string): string {
  const [, hour = '0', rest = ':00', half] = /^(\d+)(:[\d:]+?)(?: ([AaPp])[Mm])?$/.exec(clock) ?? [];
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  return `${String(hours).padStart(2, '0')}${rest}`;
}

/** Of ISO 8601 with a blank or a T, without a zone UTC. */
function microseconds(text: string): bigint {
  const [, date = '', clock = '00:00', fraction = '', zone = ''] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d+))?)? ?(Z|[+-]\d{2}(?::?\d{2})?)?$/.exec(text) ?? [];
  const [, sign = '+', hours = '00', minutes = '00'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  const whole = Date.parse(`${date}T${clock.length === 5 ? `${clock}:00` : clock}Z`);
  if (Number.isNaN(whole)) return -(2n ** 70n);
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  return BigInt(whole - offset) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6) || 0);
}
