import type { InspectedColumn } from '../../activities/sql/sql-job.js';
import type { Decisions } from './decisions.js';

export interface RecipeParts {
  readonly model: string;
  readonly source: string;
  readonly path: string;
  readonly rule: string;
  /** when each label was known, in SQL */
  readonly knownAt: string;
  /** of the JSON Schema, as seen from the recipe */
  readonly schema: string;
  readonly rows: number;
}

/** A recipe of a whole lifecycle as YAML, with a word on whatever one may want to change. */
export function recipeText(parts: RecipeParts, decisions: Decisions): string {
  const { model, source, path, rows, schema } = parts;
  return lines(
    `# yaml-language-server: $schema=${schema}`,
    `$schema: ${quoted(schema)}`,
    '',
    `# From ${rows} rows to a model that serves. Start it: npx temporal-mlops start ${model}.yaml`,
    `model: ${quoted(model)}`,
    'recipe:',
    '  collect:',
    `    dataset: ${quoted(model)}`,
    '    sources:',
    `      - name: ${quoted(source)} # the table's name in "sql"`,
    `        path: ${quoted(path)} # below a folder of MLOPS_SOURCE_DIRECTORIES; may be a pattern like data/*.csv`,
    '    # What must hold of every later file; "quarantine" sets rows aside, "fail" stops.',
    '    # expectations:',
    `    #   - { kind: notNull, column: ${quoted(decisions.features[0]?.name ?? 'a')}, severity: warn }`,
    ...labelLines(parts, decisions),
    '  train:',
    ...featureLines(decisions),
    ...splitLines(decisions),
    '    search:',
    '      trainers: [baseline, linear, gbt]',
    `      trials: ${decisions.trials}`,
    '    seed: 1',
    '# Look at what it answers every day, once predictions and their true outcomes come in:',
    '# monitor:',
    '#   every: 1 day',
  );
}

function labelLines({ rule, knownAt }: RecipeParts, { label, timeColumn, outcomes }: Decisions): string[] {
  return [
    '  label:',
    `    # ${label}. Columns that it reads (${outcomes.join(', ') || 'none'}) are never features.`,
    `    rule: ${quoted(rule)}`,
    '    # When each label was known. No row is learnt from before that.',
    `    knownAt: ${quoted(knownAt)}`,
    timeColumn === null
      ? '    # timeColumn: when a row happened; no column says so'
      : `    timeColumn: ${quoted(timeColumn)} # when a row happened`,
  ];
}

function featureLines({ features, excluded }: Decisions): string[] {
  return [
    '    # The columns that a request for a prediction brings.',
    '    features:',
    ...features.map((column) => `      - ${quoted(column.name)} # ${columnInWords(column)}`),
    ...excluded.map(({ column, why }) => `      # - ${quoted(column)} # left out: ${why}`),
  ];
}

const columnInWords = ({ type, missing, distinct }: InspectedColumn): string =>
  `${type}, ${distinct} values${missing === 0 ? '' : `, ${missing} missing`}`;

function splitLines({ shares, timeColumn }: Decisions): string[] {
  return [
    timeColumn === null
      ? '    # Rows go by chance, the same ones each time.'
      : '    # The newest rows are the test, those before them choose the best trial.',
    `    split: { validationShare: ${shares.validationShare}, testShare: ${shares.testShare} }`,
  ];
}

/** JSON is YAML: whatever a name holds, it is read back as it was. Nothing of it ends a comment's line. */
const quoted = (text: string): string =>
  /^[A-Za-z_][\w-]*$/.test(text) && !isWord(text) ? text : JSON.stringify(text);

/** YAML's own words. */
const isWord = (text: string): boolean => /^(true|false|null|yes|no|on|off|y|n)$/i.test(text);

const lines = (...all: string[]): string => `${all.map((line) => line.replace(/[\r\n]+/g, ' ')).join('\n')}\n`;
