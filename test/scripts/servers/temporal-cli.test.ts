import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTemporalCli } from '../../../scripts/servers/temporal-cli.js';

const nowhere = 'http://127.0.0.1:9';
let folder: string;
let env: NodeJS.ProcessEnv;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlops-cli-'));
  env = { PATH: join(folder, 'path'), XDG_CACHE_HOME: join(folder, 'cache') };
  said = [];
  for (const tool of ['sh', 'tar', 'gzip', 'cat', 'chmod']) linkTool(tool);
});
afterEach(() => rmSync(folder, { recursive: true }));

const find = (downloadBase = nowhere) => findTemporalCli({ log: (line) => said.push(line), env, downloadBase });
const cached = () => join(folder, 'cache', 'temporal-mlops', 'bin', 'temporal');

describe('the Temporal CLI', () => {
  it('is the one that TEMPORAL_CLI names', async () => {
    program('path/temporal');
    env.TEMPORAL_CLI = program('named/temporal');
    expect(await find()).toBe(env.TEMPORAL_CLI);
  });

  it('is an error when TEMPORAL_CLI names something that does not run', async () => {
    program('path/temporal');
    env.TEMPORAL_CLI = join(folder, 'missing');
    await expect(find()).rejects.toThrow(/^TEMPORAL_CLI=.*missing does not run\. Correct the variable or unset it\.$/);
  });

  it('is taken from the PATH before the cache', async () => {
    program('cache/temporal-mlops/bin/temporal');
    const onPath = program('path/temporal');
    expect(await find()).toBe(onPath);
  });

  it('is taken from the cache when the one on the PATH does not run', async () => {
    program('path/temporal', 'exit 1');
    program('cache/temporal-mlops/bin/temporal');
    expect(await find()).toBe(cached());
    expect(said).toEqual([]);
  });

  it('is downloaded into the cache, once, for this platform', async () => {
    const asked = await withDownloads(archive(), async (base) => {
      expect(await find(base)).toBe(cached());
      expect(await find(base)).toBe(cached());
    });
    const arch = process.arch === 'x64' ? 'amd64' : process.arch;
    expect(asked).toEqual([`/cli/archive/v1.5.1?platform=${process.platform}&arch=${arch}`]);
    expect(said[0]).toMatch(/^downloading the Temporal CLI from http/);
  });

  it('is built with Go when the download is refused', async () => {
    program(
      'path/go',
      `echo "$@" > ${folder}/go-arguments; echo '#!/bin/sh' > $GOBIN/temporal; chmod +x $GOBIN/temporal`,
    );
    await withDownloads(null, async (base) => expect(await find(base)).toBe(cached()));
    const words = readFileSync(join(folder, 'go-arguments'), 'utf8').trim();
    expect(words).toBe('install -ldflags -s -w github.com/temporalio/cli/cmd/temporal@v1.5.1');
    expect(said.join('\n')).toMatch(/with Go; this takes a few minutes/);
  });

  it('is not taken from an archive that is damaged', async () => {
    await withDownloads(Buffer.from('not an archive'), async (base) => {
      await expect(find(base)).rejects.toThrow(/download: tar ended with/);
    });
  });

  it('is one clear error, soon, when there is no way to have it', async () => {
    const started = Date.now();
    const error: unknown = await find().catch((reason: unknown) => reason);
    expect(String(error)).toMatch(
      /set TEMPORAL_CLI to its path\.\n {2}download: .* did not answer\n {2}go install: Go is not installed/,
    );
    expect(Date.now() - started).toBeLessThan(6_000);
  });
});

/** A program that says nothing and succeeds, or does what it is told. */
function program(path: string, script = 'exit 0'): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

function linkTool(tool: string): void {
  const path = execFileSync('/bin/sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();
  mkdirSync(join(folder, 'path'), { recursive: true });
  symlinkSync(path, join(folder, 'path', tool));
}

function archive(): Buffer {
  program('archive/temporal');
  return execFileSync('tar', ['-czf', '-', '-C', join(folder, 'archive'), 'temporal']);
}

/** A download server on the loopback interface; gives the paths that were asked for. */
async function withDownloads(answer: Buffer | null, use: (base: string) => Promise<void>): Promise<string[]> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(answer ? 200 : 403).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return asked;
}
