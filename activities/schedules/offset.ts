import { createHash } from 'node:crypto';
import { durationMilliseconds } from '../../schemas/duration.js';

/** Of an interval: after its beginning by at least so much, and within so much of that. A day: 00:07 to 01:19 UTC. */
const shares = { after: 0.005, within: 0.05 };

/**
 * How long after the beginning of its interval (of a day, midnight UTC) a Schedule fires. Never on the stroke, when the
 * prediction log of the interval before is still on its way, and each at a moment of its own, the same one each time.
 */
export function scheduleOffsetMs(scheduleId: string, every: string): number {
  const place = createHash('sha256').update(scheduleId).digest().readUInt32BE(0) / 2 ** 32;
  const share = shares.after + shares.within * place;
  return Math.floor((durationMilliseconds(every) * share) / 1000) * 1000;
}
