import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Transform } from 'node:stream';
import type { Digest } from '../../schemas/index.js';
import { signOfLife } from '../processes/sign-of-life.js';

export interface Measured {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export function measureBytes(bytes: Uint8Array): Measured {
  return { digest: sha256(bytes), sizeBytes: bytes.byteLength };
}

/** In hex; of a text its UTF-8. */
export const sha256 = (content: Uint8Array | string): Digest => createHash('sha256').update(content).digest('hex');

/** Reads through one buffer: a large file leaves no trail of garbage behind. */
export async function measureFile(path: string): Promise<Measured> {
  const file = await open(path, 'r');
  try {
    const meter = measuring();
    const buffer = Buffer.allocUnsafe(1 << 20);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return meter.end();
      meter.add(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/** A running measurement, for bytes that pass by. */
export function measuring(): { add(chunk: Uint8Array): void; end(): Measured } {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  return {
    add(chunk) {
      signOfLife();
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
    },
    end: () => ({ digest: hash.digest('hex'), sizeBytes }),
  };
}

/** Passes bytes on, and fails instead of ending when they were not what was expected. */
export function expecting(expected: Measured, onMismatch: (found: Measured) => Error): Transform {
  const meter = measuring();
  return new Transform({
    transform(chunk, _encoding, done) {
      meter.add(chunk);
      done(null, chunk);
    },
    flush(done) {
      const found = meter.end();
      done(found.digest === expected.digest ? null : onMismatch(found));
    },
  });
}
