export interface CurlTarget {
  /** `http://127.0.0.1:8080` */
  readonly address: string;
  readonly needsToken: boolean;
}

export interface Post {
  readonly path: string;
  readonly body: string;
  readonly requestId?: string;
}

/** A command to copy: its body stands in single quotes, where a shell leaves everything alone. */
export function curlCommand({ address, needsToken }: CurlTarget, { path, body, requestId }: Post): string {
  const lines = [
    `curl -s ${address}${path}`,
    ...(needsToken ? ['-H "authorization: Bearer $MODEL_SERVER_API_TOKEN"'] : []),
    ...(requestId === undefined ? [] : [`-H 'x-request-id: ${requestId}'`]),
    `-H 'content-type: application/json'`,
    `-d '${copyable(body)}'`,
  ];
  return lines.join(' \\\n  ');
}

/** A body with a list in it, one entry a line: a column or a tensor can be read, found and changed. */
export function listBody(list: string, entries: readonly unknown[], rest: Record<string, unknown> = {}): string {
  const before = Object.entries(rest).map(([key, value]) => `${pair(key, value)}, `);
  const lines = entries.map((entry) => `\n    ${JSON.stringify(entry)}`);
  return `{${before.join('')}${JSON.stringify(list)}: [${lines.join(',')}\n  ]}`;
}

export function recordBody(list: string, record: Record<string, unknown>): string {
  const lines = Object.entries(record).map(([key, value]) => `\n    ${pair(key, value)}`);
  return `{${JSON.stringify(list)}: [{${lines.join(',')}\n  }]}`;
}

const pair = (key: string, value: unknown) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`;

/** The quote would end the argument; invisible and direction-changing characters do not survive a page. */
const notCopied = /['\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Only inside JSON strings do these occur, and there each has an escape that says the same. */
function copyable(json: string): string {
  return json.replace(notCopied, (character) => (character === '\n' ? character : escaped(character)));
}

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
    .join('');
}
