import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SegmentWriter, type SegmentWriterOptions } from '../../../server/log/segment-writer.js';

describe('a segment writer', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'segments-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const writerOf = (more: Partial<SegmentWriterOptions> = {}) =>
    new SegmentWriter({
      folder,
      environment: 'production',
      writer: 'w1',
      commitMs: 2,
      rotateMs: 20,
      rotateBytes: 64 * 1024 * 1024,
      onCommit: () => {},
      onLost: () => {},
      ...more,
    });
  const sealed = () => readdirSync(folder).filter((name) => !name.includes('open'));

  it('completes every segment by its age, also when the event loop was busy while it was opened', async () => {
    const writer = writerOf();
    for (let round = 0; round < 15; round += 1) {
      void writer.append(`{"round":${round}}`, 1);
      const busyUntil = performance.now() + 4;
      while (performance.now() < busyUntil);
      for (let looks = 0; sealed().length <= round && looks < 200; looks += 1) await sleep(20);
      expect(sealed(), `round ${round}`).toHaveLength(round + 1);
    }
    await writer.close();
  });

  it('says of each batch whether it came to the disk', async () => {
    const writer = writerOf();
    const saved = [writer.append('{"i":0}', 1), writer.append('{"i":1}', 1)];
    expect(await Promise.all(saved)).toEqual([true, true]);
    writer.isFull = true;
    expect(await writer.append('{"i":2}', 1)).toBe(false);
    await writer.close();
  });

  it('counts what comes after its close as lost, and says so to who waits for it', async () => {
    let lost = 0;
    const writer = writerOf({ onLost: (rows) => (lost += rows) });
    const before = writer.append('{"i":0}', 1);
    const closing = writer.close();
    expect(await writer.append('{"i":1}', 3)).toBe(false);
    await closing;
    expect(await before).toBe(true);
    expect(lost).toBe(3);
    expect(sealed()).toHaveLength(1);
  });

  it('completes a segment by its size, long before its age', async () => {
    const writer = writerOf({ rotateMs: 3_600_000, rotateBytes: 1000 });
    const line = JSON.stringify({ text: 'x'.repeat(200) });
    for (let round = 0; round < 12; round += 1) {
      void writer.append(line, 1);
      await writer.commit();
    }
    expect(sealed().map((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n').length)).toEqual([5, 5]);
    await writer.close();
    expect(sealed()).toHaveLength(3);
  });

  it('keeps one segment open for its age, with every line safe on disk long before', async () => {
    const writer = writerOf({ rotateMs: 3_600_000 });
    for (let round = 0; round < 5; round += 1) {
      void writer.append(`{"round":${round}}`, 1);
      await sleep(30);
    }
    expect(sealed()).toEqual([]);
    const [open = ''] = readdirSync(folder);
    expect(readFileSync(join(folder, open), 'utf8').trim().split('\n')).toHaveLength(5);
    await writer.close();
  });

  it('loses nothing on close', async () => {
    const writer = writerOf();
    for (let i = 0; i < 100; i += 1) void writer.append(`{"i":${i}}`, 1);
    await writer.close();
    const lines = sealed().flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'));
    expect(lines).toHaveLength(100);
  });
});
