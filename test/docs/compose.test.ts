import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { rolesOf } from '../../activities/stores/postgres/roles.js';
import { searchAttributes, taskQueues } from '../../schemas/index.js';
import { cacheFolder } from '../../scripts/servers/cache-folder.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const file = join(root, 'docker-compose.yml');
const text = readFileSync(file, 'utf8');

const Service = z.looseObject({
  image: z.string(),
  restart: z.string(),
  healthcheck: z.object({ test: z.array(z.string()).min(2) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
});
const Compose = z.looseObject({ services: z.record(z.string(), Service), volumes: z.record(z.string(), z.unknown()) });
const { services, volumes } = Compose.parse(parse(text, { merge: true }));
const all = Object.entries(services);
const isOneShot = ({ restart }: z.infer<typeof Service>) => restart === 'no' || restart.startsWith('on-failure');

describe('docker-compose.yml', () => {
  it.each(all)('gives %s a health check, unless it ends by itself', (_, service) => {
    expect(service.healthcheck !== undefined).toBe(!isOneShot(service));
  });

  it.each(all)('lets %s wait only for what is there, and for the right thing', (_, { depends_on }) => {
    for (const [name, { condition }] of Object.entries(depends_on)) {
      const service = services[name];
      const wanted = service && isOneShot(service) ? 'service_completed_successfully' : 'service_healthy';
      expect({ name, there: service !== undefined, condition }).toEqual({ name, there: true, condition: wanted });
    }
  });

  it.each(all)('pins the image of %s to a version', (_, { image }) => {
    expect(image).toMatch(/^[\w./-]+:v?\d+\.\d+(\.\d+)?(-\w+)?$/);
  });

  it.each(all)('publishes the ports of %s on loopback only', (_, { ports }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it.each(all)('mounts into %s only what is there', (_, service) => {
    for (const [source = ''] of service.volumes.map((volume) => volume.split(':'))) {
      const isThere = source.startsWith('./')
        ? source === './data' || existsSync(join(root, source))
        : source in volumes;
      expect({ source, isThere }).toEqual({ source, isThere: true });
    }
  });

  it('has no secret with a default: each comes from the environment or stops the start', () => {
    const settings = all.flatMap(([, { environment }]) => Object.entries(environment));
    const secrets = settings.filter(([name]) => /PASSWORD|PWD|SECRET|TOKEN|ACCESS_KEY|DATABASE_URL/.test(name));
    expect(secrets.length).toBeGreaterThan(6);
    for (const [name, value] of secrets)
      expect([name, String(value)]).toEqual([name, expect.stringMatching(/\$\{\w+:\?[^}]+\}/)]);
  });

  it('asks for what .env.example names, and gives a default to what it comments out', () => {
    const example = readFileSync(join(root, '.env.example'), 'utf8');
    const named = (line: RegExp) => [...example.matchAll(line)].map(([, name = '']) => name).sort();
    const asked = (mark: string) =>
      [...new Set([...text.matchAll(new RegExp(`\\$\\{(\\w+):\\${mark}`, 'g'))].map(([, name = '']) => name))].sort();
    expect(named(/^(\w+)=$/gm)).toEqual(asked('?'));
    expect(named(/^#(\w+)=/gm)).toEqual(asked('-'));
    expect(asked('?')).toHaveLength(8);
  });

  it('has a worker on each task queue, with limits and without rights', () => {
    const workers = all.filter(([, { environment }]) => environment['MLOPS_TASK_QUEUES'] !== undefined);
    const queues = workers.flatMap(([, { environment }]) => String(environment['MLOPS_TASK_QUEUES']).split(','));
    expect(queues.sort()).toEqual(Object.values(taskQueues).sort());
    for (const [, service] of workers)
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        mem_limit: expect.stringContaining('g}'),
        cpus: expect.any(String),
      });
    expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toMatch(/^USER node$/m);
  });

  it('lets each process log in as itself, and nobody but migrate as the owner of the ledger', () => {
    const urls = (name: string) =>
      all.flatMap(([service, { environment }]) =>
        environment[name] === undefined ? [] : [[service, /\/\/(\w+):/.exec(String(environment[name]))?.[1]]],
      );
    expect(urls('MLOPS_MIGRATION_URL')).toEqual([['migrate', 'mlops_owner']]);
    const logins = Object.fromEntries(urls('DATABASE_URL')) as Record<string, string>;
    expect(logins).toMatchObject({
      worker: 'mlops_worker',
      'worker-compute': 'mlops_worker',
      'model-server': 'mlops_model_server',
    });
    expect(Object.values(logins)).not.toContain('mlops_owner');
    const script = readFileSync(join(root, 'docker/postgres-init.sh'), 'utf8');
    for (const name of ['mlops_owner', ...Object.values(logins), ...Object.values(rolesOf('mlops'))])
      expect(script).toMatch(new RegExp(`^create role ${name} `, 'm'));
    expect(script).toMatch(/^grant mlops_writer to mlops_worker;$/m);
    expect(script).toMatch(/^grant mlops_server to mlops_model_server;$/m);
  });

  it.runIf(compose() !== null)('is what the specification of Compose allows', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlops-compose-'));
    const filled = join(folder, 'docker-compose.yml');
    writeFileSync(filled, text.replaceAll(/\$\{\w+:\?[^}]*\}/g, 'filled').replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1'));
    const { status, stderr } = spawnSync(compose() ?? '', [filled], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('what Compose mounts', () => {
  it('sets what a Temporal server needs', () => {
    const config = parse(readFileSync(join(root, 'docker/temporal-dynamic-config.yaml'), 'utf8')) as object;
    expect(config).toEqual({
      'history.transferProcessorMaxPollRPS': [{ value: 10_000 }],
      'system.enableActivityEagerExecution': [{ value: true }],
      'history.maximumBufferedEventsBatch': [{ value: 20_000 }],
      'limit.blobSize.warn': [{ value: 262_144 }],
      'limit.blobSize.error': [{ value: 327_680 }],
    });
  });

  it.each(Object.entries(searchAttributes))('makes the search attribute %s', (name, type) => {
    const script = readFileSync(join(root, 'docker/temporal-namespace.sh'), 'utf8');
    expect(script).toMatch(new RegExp(`^attribute ${name} ${type}$`, 'm'));
  });

  it.each(['temporal-schema.sh', 'temporal-namespace.sh', 'postgres-init.sh'])(
    '%s is a shell script without a mistake of grammar',
    (name) => {
      expect(() => execFileSync('sh', ['-n', join(root, 'docker', name)])).not.toThrow();
    },
  );
});

/** The reference implementation's own loader: cached, or built by Go, where there is one; null where there is neither. */
function compose(): string | null {
  const program = join(cacheFolder(), 'bin', 'compose-go-v2.16.2');
  if (existsSync(program)) return program;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const go = folders.map((found) => join(found, 'go')).find((path) => existsSync(path));
  if (go === undefined) return null;
  const folder = join(cacheFolder(), 'compose-go');
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(cacheFolder(), 'bin'), { recursive: true });
  const env = { ...process.env, GOBIN: folder, GOFLAGS: '-buildvcs=false' };
  const built = spawnSync(go, ['install', 'github.com/compose-spec/compose-go/v2/cmd@v2.16.2'], {
    env,
    timeout: 120_000,
  });
  if (built.status !== 0) return null;
  renameSync(join(folder, 'cmd'), program);
  return program;
}
