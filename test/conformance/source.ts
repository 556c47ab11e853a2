import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Place } from '../../activities/adapter.js';
import type { FetchedFiles, Source } from '../../activities/sources/source.js';
import { errorCode, SourceFormat } from '../../schemas/index.js';

/** One real source under test that holds two partitions, and what the suite must do behind its back. */
export interface SourceUnderTest {
  readonly source: Source;
  /** what a person writes, as JSON */
  readonly written: Record<string, unknown>;
  /** as `written`, where there is nothing */
  readonly nothing: Record<string, unknown>;
  /** Changes the bytes of the first partition. */
  change(): Promise<void>;
  /** Takes the first partition away. */
  remove(): Promise<void>;
}

/** What every source promises (see the port), on whichever adapter `open` gives. */
export function describeSource(name: string, open: () => Promise<SourceUnderTest>): void {
  describe(`${name} as a source`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlops-source-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const placeOf = (signal = new AbortController().signal): Place => ({
      directory: mkdtempSync(join(folder, 'place-')),
      signal,
      secret: (secret) => Promise.reject(new Error(`no secret ${secret}`)),
      say: () => {},
    });
    const listed = async () => {
      const at = await open();
      const options = at.source.options.parse(at.written);
      const { partitions, watermark } = await at.source.list(options, null, placeOf());
      const [first, second] = partitions;
      if (first === undefined || second === undefined) throw new Error('the source under test needs two partitions');
      return { ...at, options, partitions, watermark, first, second };
    };

    it('takes what a person writes, and refuses a field it does not know', async () => {
      const { source, written } = await open();
      expect(source.options.parse(written)).toMatchObject({ kind: source.kind, name: written['name'] });
      expect(source.options.safeParse({ ...written, nobodyKnowsThis: 1 }).success).toBe(false);
    });

    it('lists its partitions in one order, with stamps that stay, and moves no bytes', async () => {
      const { source, options, partitions } = await listed();
      const at = placeOf();
      expect((await source.list(options, null, at)).partitions).toEqual(partitions);
      expect(new Set(partitions.map(({ key }) => key)).size).toBe(partitions.length);
      expect(readdirSync(at.directory)).toEqual([]);
    });

    it('lists nothing old after its watermark, where it has one', async () => {
      const { source, options, partitions, watermark } = await listed();
      const next = await source.list(options, watermark, placeOf());
      expect(next.partitions).toEqual(watermark === null ? partitions : []);
    });

    it('fetches the same bytes under the same names again', async () => {
      const { source, options, partitions } = await listed();
      for (const partition of partitions) {
        const [once, again] = [
          await source.fetch(options, partition, placeOf()),
          await source.fetch(options, partition, placeOf()),
        ];
        expect(SourceFormat.parse(once.format)).toBe(again.format);
        expect(read(again)).toEqual(read(once));
        expect(once.files.length).toBeGreaterThan(0);
      }
    });

    it('names files without folders', async () => {
      const { source, options, second } = await listed();
      const { files } = await source.fetch(options, second, placeOf());
      for (const file of files) expect(file.name).toMatch(/^[^/\\]+$/);
    });

    it.each(['change', 'remove'] as const)('says SOURCE_CHANGED after a %s of what was listed', async (deed) => {
      const at = await listed();
      await at[deed]();
      const fetching = at.source.fetch(at.options, at.first, placeOf());
      expect(await fetching.catch(errorCode)).toBe('SOURCE_CHANGED');
      await expect(at.source.fetch(at.options, at.second, placeOf())).resolves.toBeDefined();
    });

    it('lists a changed partition under another stamp', async () => {
      const at = await listed();
      await at.change();
      const { partitions } = await at.source.list(at.options, null, placeOf());
      expect(partitions.find(({ key }) => key === at.first.key)?.stamp).not.toBe(at.first.stamp);
    });

    it('says SOURCE_NOT_FOUND where there is nothing', async () => {
      const { source, nothing } = await open();
      const listing = source.list(source.options.parse(nothing), null, placeOf());
      expect(await listing.catch(errorCode)).toBe('SOURCE_NOT_FOUND');
    });

    it('stops when the activity is cancelled', async () => {
      const { source, options, first } = await listed();
      const cancelled = placeOf(AbortSignal.abort());
      await expect(source.list(options, null, cancelled)).rejects.toThrow('abort');
      await expect(source.fetch(options, first, cancelled)).rejects.toThrow('abort');
    });
  });
}

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const read = ({ files }: FetchedFiles) => files.map(({ name, path }) => ({ name, digest: sha256(path) }));
