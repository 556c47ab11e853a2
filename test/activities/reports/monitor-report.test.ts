import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeHtml, html } from '../../../activities/reports/html.js';
import { monitorReport } from '../../../activities/reports/monitor-report.js';
import type { ShownWindow } from '../../../activities/reports/shown-window.js';
import { type ColumnDrift, MonitorPolicy } from '../../../schemas/index.js';

const hostile = [
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style></svg></title><svg onload=alert(1)>',
  '<!-- ]]> --> &lt;b&gt; \u2028 \u0000 \u202Egnp.exe',
  'http://evil.example/x?a=1&b=2',
  '`${1}` naïve 日本語 🛫',
];

function drift(column: string, index: number): ColumnDrift {
  const psi = index === 0 ? 1.834 : index === 1 ? 0.312 : 0.01 * index;
  return {
    column,
    kind: index % 2 === 0 ? 'numeric' : 'categorical',
    psi,
    jensenShannon: psi / 4,
    ksStatistic: index % 2 === 0 ? psi / 3 : null,
    wasserstein: index % 2 === 0 ? 12.5 : null,
    chiSquare: index % 2 === 1 ? 88.1 : null,
    pValue: index < 2 ? 1e-30 : 0.21,
    missingShare: index === 2 ? 0.137 : 0,
    rows: 16_412,
    judged: true,
    drifted: psi > 0.2,
    reason: `PSI ${psi} is ${psi > 0.2 ? '' : 'not '}above the threshold 0.2.`,
  };
}

function reportOf(columns: string[], labels: string[] = ['≤ 100', '100–200', '> 200']): ShownWindow {
  const columnDrift = columns.map(drift);
  return {
    result: {
      model: 'flight-delay',
      environment: 'production',
      version: 3,
      window: { from: '2001-04-18T00:00:00.000Z', to: '2001-04-19T00:00:00.000Z' },
      predictions: 16_412,
      outcomes: 15_990,
      drift: columnDrift,
      driftedColumns: columnDrift.filter((column) => column.drifted).map((column) => column.column),
      quality: {
        rocAuc: 0.6812,
        prAuc: 0.371,
        logLoss: 0.4871,
        brier: 0.1502,
        calibrationError: 0.0631,
        meanPredicted: 0.271,
        meanObserved: 0.1973,
        rows: 15_990,
      },
      calibrationGap: 0.0737,
      dataQuality: columnDrift.map(({ column, missingShare }) => ({ column, missingShare })),
      verdict: 'decayed',
      reasons: columns.map((column) => `Column ${column} drifted.`),
      badWindows: 2,
      retrainAsked: true,
    },
    policy: MonitorPolicy.parse({}),
    distributions: columnDrift.map(({ column, kind }) => ({
      column,
      kind,
      bins: labels.map((label, i) => ({ label, baseline: (i + 1) / 6, window: (labels.length - i) / 6 })),
    })),
    calibration: [0.05, 0.15, 0.25, 0.35, 0.45, 0.55].map((predicted, i) => ({
      predicted,
      observed: predicted * 0.72,
      rows: 6000 / (i + 1),
    })),
    test: {
      rocAuc: 0.7342,
      prAuc: 0.41,
      logLoss: 0.441,
      brier: 0.139,
      calibrationError: 0.008,
      meanPredicted: 0.199,
      meanObserved: 0.201,
      rows: 40_000,
    },
  };
}

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
    const own = monitorReport({ ...empty, result: nothing, calibration: [], test: null });
    expect(own).toContain('No true outcome of this window is known yet.');
    expect(own).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  it('draws no more charts than anybody looks at', () => {
    const own = monitorReport(reportOf(Array.from({ length: 300 }, (_, i) => `column ${i}`)));
    expect(own.match(/aria-label="Distribution of/g)).toHaveLength(24);
    expect(own).toContain('276 more columns are in the table');
    expect(own.length).toBeLessThan(600_000);
  });

  it('draws shares that are not there as nothing', () => {
    const own = monitorReport({
      ...reportOf(['x']),
      distributions: [{ column: 'x', kind: 'numeric', bins: [{ label: 'a', baseline: 0, window: 0 }] }],
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
