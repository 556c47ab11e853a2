import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../../../server/supervisor/folder-lock.js';

describe('the lock of a folder', () => {
  let folder: string;
  const give: (() => void)[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lock-'));
  });
  afterEach(() => {
    for (const back of give.splice(0)) back();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = () => join(folder, 'supervisor.lock');
  const take = async (onLost = () => {}) => give.push(await lockFolder(folder, { onLost, patienceMs: 1500 }));
  const held = () => JSON.parse(readFileSync(file(), 'utf8')) as { id: string; place: string; pid: number };
  const hold = (lock: object) =>
    writeFileSync(file(), JSON.stringify({ id: 'other', pid: 1, place: 'elsewhere boot ns', beat: 0, ...lock }));

  it('is taken where nobody has it, and given back', async () => {
    const back = await lockFolder(folder, { onLost: () => {} });
    expect(held().pid).toBe(process.pid);
    back();
    expect(() => readFileSync(file())).toThrow('ENOENT');
  });

  it('of a process of this machine that is gone is taken over at once', async () => {
    await take();
    const { place } = held();
    hold({ pid: 2 ** 22 + 1, place });
    const began = performance.now();
    await take();
    expect(performance.now() - began).toBeLessThan(3000);
    expect(held().pid).toBe(process.pid);
  });

  it('of another container is not taken while its beat goes on, though both have the same process number', async () => {
    let beat = 0;
    hold({ pid: process.pid });
    const living = setInterval(() => hold({ pid: process.pid, beat: ++beat }), 300);
    try {
      await expect(take()).rejects.toThrow(`process ${process.pid} on elsewhere`);
    } finally {
      clearInterval(living);
    }
  });

  it('of another container is taken over when its beat has stopped', async () => {
    hold({ pid: process.pid });
    await take();
    expect(held().id).not.toBe('other');
  });

  it('tells who lost it that he did', async () => {
    let lost = 0;
    await take(() => lost++);
    hold({});
    await sleep(1300);
    expect(lost).toBeGreaterThan(0);
    give.splice(0)[0]?.();
    expect(held().id).toBe('other');
  });

  it('that was torn by a crash is taken over', async () => {
    writeFileSync(file(), '{"id":');
    await take();
    expect(held().pid).toBe(process.pid);
  });
});
