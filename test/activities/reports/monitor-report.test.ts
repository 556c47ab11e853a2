import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeHtml, html } from '../../../activities/reports/html.js';
import { monitorReport } from '../../../activities/reports/monitor-report.js';
import type { Spread } from '../../../statistics/drift/window-distribution.js';
import { reportOf } from './shown-windows.js';

const hostile = [
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style></svg></title><svg onload=alert(1)>',
  '<!-- ]]> --> &lt;b&gt; \u2028 \u0000 \u202Egnp.exe',
  'http://evil.example/x?a=1&b=2',
  '`${1}` naïve 日本語 🛫',
];

describe('the report of a window', () => {
  const page = monitorReport(reportOf(hostile, hostile));

  it('lets no column name or value become markup', () => {
    const tags = new Set([...page.matchAll(/<\/?([a-z0-9!]+)/gi)].map((match) => match[1]?.toLowerCase()));
    for (const tag of ['script', 'img', 'iframe', 'object', 'link', 'a', 'base', 'form'])
      expect(tags).not.toContain(tag);
    expect(page.match(/<svg/g)?.length).toBe(page.match(/<\/svg>/g)?.length);
    expect(page).not.toContain('<!-- ]]>');
    expect(page).toContain('&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('keeps every attribute inside its quotes', () => {
    for (const [tag] of page.matchAll(/<[a-z][^>]*>/gi)) {
      expect(tag).toMatch(/^<[a-z0-9]+(\s+(?!on)[a-zA-Z0-9-]+="[^"<>]*")*\s*\/?>$/);
    }
  });

  it('shows names as they are, but for what could turn the page around', () => {
    expect(page).toContain('naïve 日本語 🛫');
    expect(page).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u0000]/);
  });

  it('loads nothing and links nowhere', () => {
    const own = monitorReport(reportOf(['distance', 'airline']));
    expect(own).not.toMatch(/https?:|\/\/[a-z]|url\(|@import|src=|href=/i);
    expect(own).not.toContain('<script');
  });

  it('tells the browser to run and load nothing', () => {
    const policies = [...page.matchAll(/<meta http-equiv="Content-Security-Policy" content="([^"]*)">/g)];
    expect(policies.map((match) => match[1])).toEqual(["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]);
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'));
    expect(page).not.toMatch(/\sstyle="/);
  });

  it('puts the most drifted column first, in the table and in the charts', () => {
    const own = monitorReport(reportOf(['zeta', 'airline', 'distance']));
    const names = [...own.matchAll(/<td class="name">([^<]*)/g)].map((match) => match[1]);
    expect(names).toEqual(['zeta', 'airline', 'distance']);
    expect([...own.matchAll(/<h3>(zeta|airline|distance)/g)].map((match) => match[1])).toEqual(names);
  });

  it('calls nothing steady that had too few rows to be judged', () => {
    const whole = reportOf(['zeta', 'airline', 'distance', 'gate']);
    const sparse = { rows: 250, judged: false, drifted: false };
    const drift = whole.result.drift.map((column, i) => (i === 3 ? { ...column, ...sparse } : column));
    const own = monitorReport({ ...whole, result: { ...whole.result, drift } });
    expect(own.match(/>steady</g)).toHaveLength(1);
    expect(own).toContain('too few rows to judge: 250 of 1000');
    expect(own).toContain('<b>2 of 3</b><span>columns drifted; 1 not judged</span>');
    const few = { ...whole.result, predictions: 250, drift: drift.map((column) => ({ ...column, ...sparse })) };
    const none = monitorReport({ ...whole, result: { ...few, verdict: 'tooFewRows', driftedColumns: [] } });
    expect(none).not.toContain('>steady<');
    expect(none).toContain('<b>–</b><span>columns drifted; 4 not judged</span>');
  });

  it('says where too few outcomes are known to judge quality', () => {
    const whole = reportOf(['zeta']);
    const quality = { ...(whole.result.quality as object), rows: 40 } as typeof whole.result.quality;
    const own = monitorReport({ ...whole, result: { ...whole.result, quality } });
    expect(own).toContain('Too few outcomes to judge: 40 of 1000.');
    expect(monitorReport(whole)).not.toContain('Too few outcomes');
  });

  it('is the same bytes for the same window', () => {
    expect(monitorReport(reportOf(hostile, hostile))).toBe(page);
  });

  it('holds together without outcomes, columns or a window', () => {
    const empty = reportOf([]);
    const nothing = {
      ...empty.result,
      window: null,
      version: null,
      quality: null,
      calibrationGap: null,
      predictions: 0,
      outcomes: 0,
    };
    const own = monitorReport({ ...empty, result: nothing, calibration: [], detail: null, test: null });
    expect(own).toContain('No true outcome of this window is known yet.');
    expect(own).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  it('draws no more charts than anybody looks at', () => {
    const own = monitorReport(reportOf(Array.from({ length: 300 }, (_, i) => `column ${i}`)));
    expect(own.match(/aria-label="Distribution of/g)).toHaveLength(20);
    expect(own).toContain('280 more columns are in the table');
    expect(own).toContain('200 more columns, all less drifted, are in the JSON of the result.');
  });

  it('draws shares that are not there as nothing', () => {
    const zero = { baseline: 0, window: 0 };
    const nothing: Spread = { kind: 'categories', shown: [{ label: 'a', ...zero }], others: null };
    const own = monitorReport({
      ...reportOf(['x']),
      distributions: [{ column: 'x', spread: nothing }],
    });
    expect(own).not.toMatch(/NaN|Infinity/);
  });
});

describe('escaping', () => {
  it('leaves no character that ends text or an attribute', () => {
    const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes));
    fc.assert(fc.property(anyText, (text) => !/[<>"'`\u0000]|\p{Surrogate}/u.test(escapeHtml(text))));
  });

  it('escapes what is put in, once, and keeps markup made by itself', () => {
    const inner = html`<b>${'a & b'}</b>`;
    expect(html`${inner}${['<', inner]}${null}${7}`.text).toBe('<b>a &amp; b</b>&lt;<b>a &amp; b</b>7');
  });
});
