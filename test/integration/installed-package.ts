import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root } from '../../scripts/servers/clone-root.js';

const run = promisify(execFile);
const onlyRegistry = fileURLToPath(new URL('../fixtures/only-registry.cjs', import.meta.url));

export interface Installed {
  /** a team's project that depends on the package and on nothing else */
  readonly folder: string;
  readonly path: string;
  /** whom npm and the install scripts asked beside the registry */
  readonly asked: string[];
}

/** What `npm pack` makes of the clone. */
export async function packed(into: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', into], { cwd: root });
  return join(into, stdout.trim());
}

/** Installs a tarball in an empty folder: install scripts run, and of all hosts only the registry has an address. */
export async function installAlone(tarball: string): Promise<Installed> {
  const folder = mkdtempSync(join(tmpdir(), 'mlops-host-'));
  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "host", "private": true, "type": "module" }');
  const log = join(folder, 'asked');
  const args = ['install', tarball, '--ignore-scripts=false', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', args, { cwd: project, env: { ...environment(), ...(await narrow(log)) } });
  const asked = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  return { folder: project, path: join(project, 'node_modules', 'temporal-mlops'), asked };
}

/** As in a terminal of its own: nothing of the npm that runs the tests. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|node_env$)/i.test(name)));
}

async function narrow(log: string): Promise<NodeJS.ProcessEnv> {
  const registry = (await run('npm', ['config', 'get', 'registry'], { cwd: root })).stdout.trim();
  const proxies = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].flatMap((name) => process.env[name] ?? []);
  const hosts = [registry, ...proxies].filter((url) => URL.canParse(url)).map((url) => new URL(url).hostname);
  return {
    npm_config_registry: registry,
    NODE_OPTIONS: `--require=${onlyRegistry}`,
    ALLOWED_HOSTS: [...hosts, 'localhost', '127.0.0.1'].join(','),
    ASKED_HOSTS: log,
  };
}

export function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
