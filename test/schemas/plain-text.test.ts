import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asPlainText,
  asVisible,
  asVisibleLine,
  codeSpan,
  Decide,
  DeployInput,
  escapeMarkdown,
  signalSchemas,
} from '../../schemas/index.js';

const hidden: [string, string][] = [
  ['a terminal command', '\u001b[2J'],
  ['one of a single character', '\u009b2J'],
  ['a line end', 'fine\nVersion 2 is approved'],
  ['a return', 'fine\rVersion 2'],
  ['a tab', 'a\tb'],
  ['NUL', 'a\u0000'],
  ['delete', 'a\u007fb'],
  ['a line separator', 'a\u2028b'],
  ['a direction override', 'a\u202eb'],
  ['a direction isolate', 'a\u2066b'],
  ['a letter mark', 'a\u200eb'],
  ['a joiner that cannot be seen', 'an\u200da'],
  ['no width', 'an\u200ba'],
  ['a soft hyphen', 'an\u00ada'],
  ['a byte order mark', 'an\ufeffa'],
  ['a tag', 'an\u{e0041}a'],
  ['half a character', 'a\ud83d b'],
];
const bodies = {
  approve: { by: 'ana@example.com', comment: 'fine', requestId: 'r-1', gate: 'g' },
  reject: { by: 'ana@example.com', comment: 'fine' },
  rollback: { by: 'ana@example.com', reason: 'late' },
  pause: { by: 'ana@example.com', reason: 'late' },
  resume: { by: 'ana@example.com' },
  retrain: { by: 'ana@example.com', reason: 'late', kind: 'signal' },
  recordOutcomes: { by: 'billing', requestId: 'r-1', outcomes: [{ requestId: 'a', outcome: 1 }] },
  retire: { by: 'ana@example.com', reason: 'late' },
} as const satisfies Record<keyof typeof signalSchemas, object>;
const texts = Object.entries(bodies).flatMap(([name, body]) =>
  Object.keys(body)
    .filter((field) => ['by', 'reason', 'comment', 'requestId', 'gate'].includes(field))
    .map((field) => [name as keyof typeof signalSchemas, field] as const),
);

describe('what people write', () => {
  it.each(texts)('is one line of what can be seen: %s, %s', (name, field) => {
    const parse = (text: string) => signalSchemas[name].safeParse({ ...bodies[name], [field]: text });
    const taken = hidden.filter(([, text]) => parse(text).success);
    expect(taken).toEqual([]);
    const issues = hidden.map(([, text]) => JSON.stringify(parse(text).error?.issues));
    expect(issues.filter((issue) => !issue.includes('one line of plain text'))).toEqual([]);
    for (const text of ['Ana Łukasz-Müller', '安娜', '👍🏽 fine, 1 % – “ok”', 'Köln;<b>'])
      expect(parse(text).success).toBe(true);
  });

  it.each(hidden)('is held to the same in updates and inputs: %s', (_, text) => {
    expect(Decide.safeParse({ decision: 'approve', by: text }).success).toBe(false);
    expect(DeployInput.safeParse({ model: 'm', evidence: [`a${text}b`] }).success).toBe(false);
    expect(DeployInput.safeParse({ model: 'm', rollback: { by: 'ana', reason: `a${text}b` } }).success).toBe(false);
    expect(DeployInput.safeParse({ model: 'm', policy: { approvers: [`a${text}b`] } }).success).toBe(false);
  });

  it('may end in a line end, as a shell writes it', () => {
    expect(Decide.parse({ decision: 'approve', by: 'ana\n', comment: 'fine\n' })).toMatchObject({
      by: 'ana',
      comment: 'fine',
    });
  });
});

describe('what was stored already', () => {
  const anything = fc.string({ unit: 'binary', maxLength: 80 });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const obeyed = /[\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u;

  it.each(hidden)('is printed as JSON would write it: %s', (_, text) => {
    expect(asVisible(text)).not.toMatch(obeyed);
    const quoted = `"${asVisible(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;
    expect(JSON.parse(quoted)).toBe(text);
  });

  it('never reaches a terminal raw, whatever it is', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(asVisible(text)).not.toMatch(obeyed);
        expect(asVisibleLine(text)).not.toMatch(/[\n\t\r]/);
        expect(asVisible(JSON.stringify({ text }))).not.toMatch(obeyed);
        expect(JSON.parse(asVisible(JSON.stringify({ text })))).toEqual({ text });
        expect(Decide.safeParse({ decision: 'approve', by: `a${asPlainText(text)}` }).success).toBe(true);
      }),
    );
  });

  it('is one line of Markdown in which nothing begins: no mark-up, link, code or cell', () => {
    fc.assert(
      fc.property(anything, (text) => {
        for (const written of [escapeMarkdown(text), codeSpan(text)]) expect(written).not.toMatch(/[\r\n\u2028\u2029]/);
        expect(escapeMarkdown(text)).not.toMatch(/[<>`\\|*[\]]|&(?!#\d+;)/);
        const code = codeSpan(text);
        const isSafe = /^`[^`|<>\\]*`$/.test(code);
        expect(isSafe || code === `<code>${escapeMarkdown(text)}</code>`).toBe(true);
      }),
    );
  });

  it('keeps its letters in Markdown', () => {
    expect(escapeMarkdown('wind_speed: 3 % of ana@example.com (Köln)')).toBe(
      'wind_speed: 3 % of ana@example.com (Köln)',
    );
    expect(codeSpan('wind_speed')).toBe('`wind_speed`');
    expect(codeSpan('a\r| b | <img onerror=x>')).toBe(
      '<code>a\\u000d&#124; b &#124; &#60;img onerror=x&#62;</code>'.replaceAll('\\', '&#92;'),
    );
  });
});
