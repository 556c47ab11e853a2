import { renameSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { openName, type SegmentName, sealedName } from './segment-file.js';

export interface SegmentWriterOptions {
  readonly folder: string;
  readonly environment: string;
  readonly writer: string;
  /** an appended line is on disk at most so much later: what a kill -9 can lose */
  readonly commitMs: number;
  /** a segment is completed at this age or at this size, whichever comes first */
  readonly rotateMs: number;
  readonly rotateBytes: number;
  /** told about every change, for metrics and for the supervisor */
  readonly onCommit: (rows: number) => void;
  readonly onLost: (rows: number) => void;
}

const rowsPerCommit = 1000;
const rowsInMemory = 200_000;
/** the index rows of a segment reach the ledger in one statement */
const rowsPerSegment = 20_000;

/**
 * Appends lines to segment files. `append` returns at once; lines reach the disk together (group commit). A disk that
 * cannot take them costs lines, counted in the segment's name, and never an answer.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  #pending: string[] = [];
  #pendingRows = 0;
  #batch = newBatch();
  #isClosed = false;
  #lost = 0;
  #sequence = 0;
  #segment: { handle: FileHandle; name: SegmentName; rows: number; bytes: number; openedAt: number } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #rotation: NodeJS.Timeout | null = null;
  #work: Promise<void> = Promise.resolve();
  isFull = false;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
  }

  /** Lines without their newline at the end; several rows may be one string. Resolves with whether they are on disk. */
  append(lines: string, rows: number): Promise<boolean> {
    if (this.#isClosed || this.isFull || this.#pendingRows + rows > rowsInMemory) {
      this.#lose(rows);
      return lost;
    }
    this.#pending.push(lines);
    this.#pendingRows += rows;
    if (this.#pendingRows >= rowsPerCommit) void this.commit();
    else this.#timer ??= setTimeout(() => void this.commit(), this.#options.commitMs);
    return this.#batch.isSafe;
  }

  /** Everything appended so far is on disk when this resolves. */
  commit(): Promise<void> {
    this.#stopTimer();
    this.#work = this.#work.then(() => this.#write());
    return this.#work;
  }

  /** Commits and completes the open segment. What is appended from here on is lost, and counted. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.commit();
    this.#work = this.#work.then(() => this.#seal());
    await this.#work;
  }

  async #write(): Promise<void> {
    const lines = this.#pending;
    const rows = this.#pendingRows;
    this.#pending = [];
    this.#pendingRows = 0;
    const batch = this.#batch;
    this.#batch = newBatch();
    if (rows > 0) batch.settle(await this.#append(`${lines.join('\n')}\n`, rows).catch(() => this.#abandon(rows)));
    await this.#rotate().catch(() => {}); // the file keeps its open name and is completed when this process has ended
  }

  async #append(text: string, rows: number): Promise<boolean> {
    this.#segment ??= await this.#open();
    await this.#segment.handle.appendFile(text);
    await this.#segment.handle.datasync();
    this.#segment.bytes += Buffer.byteLength(text);
    this.#segment.rows += rows;
    this.#options.onCommit(rows);
    return true;
  }

  async #open() {
    const { folder, environment, writer, rotateMs } = this.#options;
    const name = { environment, writer, sequence: this.#sequence++, lost: 0 };
    const handle = await open(join(folder, openName(name)), 'a');
    this.#rotateIn(rotateMs);
    return { handle, name, rows: 0, bytes: 0, openedAt: performance.now() };
  }

  async #rotate(): Promise<void> {
    if (this.#segment === null) return;
    const remainingMs = this.#segment.openedAt + this.#options.rotateMs - performance.now();
    if (remainingMs <= 0 || this.#isLarge(this.#segment)) await this.#seal();
    else this.#rotateIn(remainingMs);
  }

  #isLarge({ bytes, rows }: { bytes: number; rows: number }): boolean {
    return bytes >= this.#options.rotateBytes || rows >= rowsPerSegment;
  }

  /** A timer counts from when the event loop last looked at the clock, so it may ring early: rotation looks again. */
  #rotateIn(ms: number): void {
    if (this.#rotation !== null) clearTimeout(this.#rotation);
    this.#rotation = setTimeout(() => void this.commit(), ms + 1).unref();
  }

  async #seal(): Promise<void> {
    const segment = this.#segment;
    if (segment === null) return;
    this.#segment = null;
    await segment.handle.close();
    const { folder } = this.#options;
    renameSync(join(folder, openName(segment.name)), join(folder, sealedName({ ...segment.name, lost: this.#lost })));
    this.#lost = 0;
  }

  /** The file may hold a part of the batch: it is cut to what was safe, and the next batch begins a new one. */
  async #abandon(rows: number): Promise<boolean> {
    this.#lose(rows);
    const segment = this.#segment;
    await segment?.handle.truncate(segment.bytes).catch(() => {});
    await this.#seal().catch(() => {});
    return false;
  }

  #lose(rows: number): void {
    if (rows === 0) return;
    this.#lost += rows;
    this.#options.onLost(rows);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

const lost = Promise.resolve(false);

/** What is appended until the next write, and whether it came to the disk. */
function newBatch() {
  let settle: (isSafe: boolean) => void = () => {};
  const isSafe = new Promise<boolean>((resolve) => (settle = resolve));
  return { isSafe, settle };
}
