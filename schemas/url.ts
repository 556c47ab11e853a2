import { z } from 'zod';

/** Origin and path alone: whoever wrote a URL may have put a secret into the rest of it. No message shows more. */
export function shownUrl(text: string): string {
  if (/^[\w.-]+(:\d+)?$|^\[[\da-fA-F:]+\](:\d+)?$/.test(text)) return text; // a host and its port
  if (!text.includes('://') || !URL.canParse(text)) return '(a URL that is not shown)';
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`;
}

/** What makes a URL unfit to be shown, logged or handed on; null where it is origin and path alone. */
export function secretPartOf(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { username, password, search, hash } = new URL(text);
  if (username !== '' || password !== '') return 'a user or a password';
  return search !== '' || hash !== '' ? 'a query or a fragment' : null;
}

/** A URL of the environment that messages may show: of one of these protocols, and with no place for a secret. */
export function plainUrl(protocols: readonly string[], example: string) {
  const missing = (issue: { input?: unknown }) =>
    issue.input === undefined ? `is missing; it must be like ${example}` : undefined;
  return z.string({ error: missing }).superRefine((text, context) => {
    const part = secretPartOf(text);
    const isOne = URL.canParse(text) && protocols.includes(new URL(text).protocol);
    if (isOne && part === null) return;
    const why = part === null ? '' : `, without ${part}: URLs are shown, and secrets have variables of their own`;
    context.addIssue({ code: 'custom', message: `must be like ${example}${why}` });
  });
}
