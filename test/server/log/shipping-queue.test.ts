import { describe, expect, it } from 'vitest';
import { ShippingQueue } from '../../../server/log/shipping-queue.js';

const segments = ['a', 'b', 'c'].map((file) => ({ file }));
const files = (due: { file: string }[]) => due.map(({ file }) => file);

describe('the queue of the log', () => {
  it('tries what failed later, and after all others', () => {
    const queue = new ShippingQueue();
    queue.failed('a', 0);
    expect(files(queue.due(segments, 399))).toEqual(['b', 'c']);
    expect(files(queue.due(segments, 400))).toEqual(['b', 'c', 'a']);
    queue.failed('a', 400);
    expect(files(queue.due(segments, 1199))).toEqual(['b', 'c']);
  });

  it('pauses no longer than 30 seconds', () => {
    const queue = new ShippingQueue();
    for (let i = 0; i < 50; i++) queue.failed('a', 0);
    expect(files(queue.due(segments, 30_000))).toEqual(['b', 'c', 'a']);
  });

  it('takes the stores for away when two fail in a row, and slows down until one succeeds', () => {
    const queue = new ShippingQueue();
    queue.failed('a', 0);
    queue.failed('a', 0);
    expect([queue.isAway, queue.pauseMs()]).toEqual([false, 200]);
    queue.failed('b', 0);
    expect(queue.isAway).toBe(true);
    expect(Array.from({ length: 9 }, () => queue.pauseMs())).toEqual([
      400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000,
    ]);
    queue.shipped('b');
    expect([queue.isAway, queue.pauseMs(), queue.isFailing]).toEqual([false, 200, true]);
  });

  it('forgets what is not there any more', () => {
    const queue = new ShippingQueue();
    queue.failed('a', 0);
    queue.due([{ file: 'b' }], 0);
    expect(queue.isFailing).toBe(false);
  });
});
