import { execFileSync } from 'node:child_process';

export interface ShownCommand {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** The commands of a page as a shell understands them, with a `curl` that only says what it was given. */
export function shownCommands(page: string): ShownCommand[] {
  return [...page.matchAll(/<pre>([^<]*)<\/pre>/g)].map(([, text]) => understood(asShown(text ?? '')));
}

/** As a browser shows it, and a person copies it. */
function asShown(text: string): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#96': '`' };
  return text.replace(/&([a-z]+|#\d+);/g, (_, name: string) => characters[name] ?? '?');
}

function understood(command: string): ShownCommand {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  const environment = { PATH: process.env.PATH, MODEL_SERVER_API_TOKEN: process.env.MODEL_SERVER_API_TOKEN };
  const given = execFileSync('sh', ['-ec', script], { encoding: 'utf8', env: environment }).split('\0');
  const [silent, url, ...options] = given.slice(0, -1);
  if (silent !== '-s' || url === undefined) throw new Error(`not a command as expected: ${command}`);
  const of = (flag: string) => options.flatMap((option, i) => (options[i - 1] === flag ? [option] : []));
  const headers = Object.fromEntries(of('-H').map((header) => header.split(': ') as [string, string]));
  return { url, headers, body: of('-d').join('') };
}
