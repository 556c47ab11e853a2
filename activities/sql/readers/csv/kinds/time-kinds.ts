import type { CsvFormat } from '../../../../../schemas/index.js';
import { isoFormat } from '../../../schema/time-formats.js';
import { quoteText } from '../../../sql-quote.js';
import { type Kind, type Trimmed, trimmedKind } from './kind.js';

const day = '[0-9]{4}-(0[1-9]|1[0-2])-[0-3][0-9]';
const clock = '[T ][0-2][0-9]:[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6}0*)?)?';
const zone = ' ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)';

const words = 'times';

/** Times as people write them, in the order in which they are tried: what was declared, ISO 8601, then any one format. */
export function timeKinds(csv: CsvFormat): Kind[] {
  const declared = [csv.timestampFormat, csv.dateFormat].filter((format) => format !== undefined);
  const guessed = declared.length > 0 ? [] : [...guessedFormats, ...namedMonths].map((one) => guessedKind(one, csv));
  return [...declared.map((format) => declaredKind(format, csv)), isoKind('', csv), isoKind(zone, csv), ...guessed];
}

/** ISO 8601: all of a column say their zone, or none does. */
const isoKind = (zoned: string, csv: CsvFormat): Kind => trimmedKind((trimmed) => isoTimes(zoned, csv, trimmed));

function isoTimes(zoned: string, csv: CsvFormat, trimmed: Trimmed): Kind {
  const pattern = zoned === '' ? `${day}(${clock})?` : `${day}${clock}${zoned}`;
  const shape = new RegExp(`^${pattern}$`);
  const cast = (text: string) =>
    zoned === ''
      ? `TRY_CAST(${trimmed(text)} AS TIMESTAMP)`
      : `TRY_CAST(${trimmed(text)} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'`;
  return {
    type: 'timestamp',
    words,
    timeFormat: zoned === '' ? isoFormat.plain : isoFormat.zoned,
    looks: (text) => shape.test(text.trim()),
    test: (text) => `regexp_full_match(${trimmed(text)}, '${pattern}') AND ${cast(text)} >= TIMESTAMP '0001-01-01'`,
    value: (text) => (zoned === '' ? inZone(cast(text), `length(${trimmed(text)}) > 10`, csv) : cast(text)),
  };
}

/** A person's own format. Where it is digits alone, the time must be written as the text is: `1200101` is a number. */
const declaredKind = (format: string, csv: CsvFormat): Kind =>
  trimmedKind((trimmed) => declaredTimes(format, csv, trimmed));

function declaredTimes(format: string, csv: CsvFormat, trimmed: Trimmed): Kind {
  const parse = (text: string) => `try_strptime(${trimmed(text)}, ${quoteText(format)})::TIMESTAMP`;
  const isDigits = /^(%[YmdHMS])+$/.test(format);
  const again = (text: string) => `strftime(${parse(text)}, ${quoteText(format)}) = ${trimmed(text)}`;
  return {
    type: 'timestamp',
    words,
    timeFormat: format,
    looks: () => true,
    test: (text) => (isDigits ? `coalesce(${again(text)}, false)` : `${parse(text)} IS NOT NULL`),
    value: (text) => inZone(parse(text), String(/%[HIcX]/.test(format) && !/%[zZ]/.test(format)), csv),
  };
}

interface Format {
  readonly format: string;
  readonly shape: string;
  readonly order?: NonNullable<Kind['order']>;
}

const guessedKind = (format: Format, csv: CsvFormat): Kind =>
  trimmedKind((trimmed) => guessedTimes(format, csv, trimmed));

function guessedTimes({ format, shape, order }: Format, csv: CsvFormat, trimmed: Trimmed): Kind {
  const whole = new RegExp(`^${shape}$`);
  const parse = (text: string) => `try_strptime(${trimmed(text)}, ${quoteText(format)})`;
  return {
    type: 'timestamp',
    words,
    timeFormat: format,
    note: `time format ${format}`,
    ...(order === undefined ? {} : { order }),
    looks: (text) => whole.test(text.trim()),
    test: (text) => `regexp_full_match(${trimmed(text)}, ${quoteText(shape)}) AND ${parse(text)} IS NOT NULL`,
    value: (text) => inZone(parse(text), String(/%[HI]/.test(format)), csv),
  };
}

const clocks = [
  ['', ''],
  [' %H:%M', ' [0-9]{1,2}:[0-9]{2}'],
  [' %H:%M:%S', ' [0-9]{1,2}:[0-9]{2}:[0-9]{2}'],
  [' %I:%M %p', ' [0-9]{1,2}:[0-9]{2} [AaPp][Mm]'],
  [' %I:%M:%S %p', ' [0-9]{1,2}:[0-9]{2}:[0-9]{2} [AaPp][Mm]'],
] as const;

/** With a dash between them, days and months of one digit are rather numbers of parts. Years have four digits. */
const guessedFormats: Format[] = ['/', '.', '-'].flatMap((mark) =>
  clocks.flatMap(([clockFormat, clockShape]): Format[] => {
    const number = mark === '-' ? '[0-9]{2}' : '[0-9]{1,2}';
    const last = `${number}[${mark}]${number}[${mark}][0-9]{4}${clockShape}`;
    const family = `${mark}${clockFormat}`;
    return [
      {
        format: `%Y${mark}%m${mark}%d${clockFormat}`,
        shape: `[0-9]{4}[${mark}]${number}[${mark}]${number}${clockShape}`,
      },
      { format: `%m${mark}%d${mark}%Y${clockFormat}`, shape: last, order: { family, first: 'month' } },
      { format: `%d${mark}%m${mark}%Y${clockFormat}`, shape: last, order: { family, first: 'day' } },
    ];
  }),
);

const namedMonths: Format[] = [
  { format: '%d %b %Y', shape: '[0-9]{1,2} [A-Za-z]{3} [0-9]{4}' },
  { format: '%d-%b-%Y', shape: '[0-9]{1,2}-[A-Za-z]{3}-[0-9]{4}' },
  { format: '%b %d, %Y', shape: '[A-Za-z]{3} [0-9]{1,2}, [0-9]{4}' },
  { format: '%d %B %Y', shape: '[0-9]{1,2} [A-Za-z]{4,9} [0-9]{4}' },
  { format: '%B %d, %Y', shape: '[A-Za-z]{4,9} [0-9]{1,2}, [0-9]{4}' },
];

/** A time of day is one of the source's zone; a day is that day. */
function inZone(time: string, hasClock: string, { timeZone }: CsvFormat): string {
  if (timeZone === undefined || hasClock === 'false') return time;
  return `CASE WHEN ${hasClock} THEN timezone('UTC', timezone(${quoteText(timeZone)}, ${time})) ELSE ${time} END`;
}
