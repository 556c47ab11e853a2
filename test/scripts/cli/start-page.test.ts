import { describe, expect, it } from 'vitest';
import { html } from '../../../activities/reports/html.js';
import { registry, workflowTypes } from '../../../schemas/index.js';
import { inboxUrl, startPage } from '../../../scripts/cli/start-page.js';

const at = { uiUrl: 'http://localhost:8233', serverUrl: 'http://localhost:8080' };
const linksOf = (text: string) =>
  [...text.matchAll(/href="([^"]+)"/g)].map(([, url]) => new URL(url!.replaceAll('&amp;', '&')));

describe('the page that opens everything', () => {
  it('has a form for each workflow, filled in under the id that the others know', () => {
    const forms = linksOf(startPage(at, html`<p>no model</p>`)).filter(({ pathname }) =>
      pathname.endsWith('/start-workflow'),
    );
    const filled = forms.map(({ searchParams: p }) => [p.get('taskQueue'), p.get('workflowType'), p.get('workflowId')]);
    expect(filled).toContainEqual(['mlops', 'modelLifecycle', 'lifecycle/flight-delay']);
    expect(new Set(filled.map(([, type]) => type))).toEqual(new Set(Object.values(workflowTypes)));
  });

  it('shows inputs that are valid', () => {
    const shown = startPage(at, html`<p>no model</p>`)
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&gt;', '>');
    for (const type of Object.values(workflowTypes))
      expect(shown).toContain(JSON.stringify(registry[type].example, null, 2));
  });

  it('opens the inbox, and names the tab where a card is', () => {
    expect(inboxUrl(at.uiUrl)).toBe('http://localhost:8233/namespaces/default/workflows?query=MlNeedsApproval%3Dtrue');
    expect(startPage(at, html`<p>no model</p>`)).toContain('<b>User Metadata</b>');
  });
});
