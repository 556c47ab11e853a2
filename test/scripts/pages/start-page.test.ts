import { describe, expect, it } from 'vitest';
import { registry, workflowTypes } from '../../../schemas/index.js';
import { inboxUrl, startPage } from '../../../scripts/pages/start-page.js';

const at = { uiUrl: 'http://localhost:8233', serverUrl: 'http://localhost:8080' };
const linksOf = (text: string) =>
  [...text.matchAll(/href="([^"]+)"/g)].map(([, url]) => new URL(url!.replaceAll('&amp;', '&')));

describe('the page that opens everything', () => {
  it('has a form for each workflow, filled in under the id that the others know', () => {
    const forms = linksOf(startPage(at, [])).filter(({ pathname }) => pathname.endsWith('/start-workflow'));
    const filled = forms.map(({ searchParams: p }) => [p.get('taskQueue'), p.get('workflowType'), p.get('workflowId')]);
    expect(filled).toContainEqual(['mlops', 'modelLifecycle', 'lifecycle/flight-delay']);
    expect(new Set(filled.map(([, type]) => type))).toEqual(new Set(Object.values(workflowTypes)));
  });

  it('leads to what there is to read of a model, and to its lifecycle', () => {
    const line = { model: 'late', environment: 'production', version: 2, verdict: 'decayed', owner: 'lifecycle/late' };
    const day = { verdictSince: '2001-04-02T00:00:00.000Z', dataUntil: '2001-04-05T00:00:00.000Z', waitsFor: '<b>' };
    const rest = { quality: null, predictions: 9, waitsSince: null, stage: 'serves', paused: false, problem: null };
    const shown = startPage(at, [{ ...line, ...day, ...rest, ageSeconds: 1 }]);
    expect(shown).toContain('href="/models/late/versions/2"');
    expect(shown).toContain('<a href="/models/late/reports/production">decayed since 2001-04-02</a>');
    expect(shown).toContain('href="http://localhost:8233/namespaces/default/workflows/lifecycle%2Flate"');
    expect(shown).toContain('&lt;b&gt;');
  });

  it('shows inputs that are valid', () => {
    const shown = startPage(at, []).replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&gt;', '>');
    for (const type of Object.values(workflowTypes))
      expect(shown).toContain(JSON.stringify(registry[type].example, null, 2));
  });

  it('opens the inbox, and names the tab where a card is', () => {
    expect(inboxUrl(at.uiUrl)).toBe('http://localhost:8233/namespaces/default/workflows?query=MlNeedsApproval%3Dtrue');
    expect(startPage(at, [])).toContain('<b>User Metadata</b>');
  });
});
