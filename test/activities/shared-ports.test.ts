import { describe, expect, it } from 'vitest';
import type { Ports } from '../../activities/ports.js';
import { SharedPorts } from '../../activities/shared-ports.js';

/** Opens ports that count; the first opening fails. */
function counted(failures = 0) {
  const seen = { opened: 0, closed: 0 };
  const open = async () => {
    seen.opened += 1;
    if (seen.opened <= failures) throw new Error('Postgres is away');
    const close = async () => void (seen.closed += 1);
    return { sources: [], labelers: [], trainers: [], close } as unknown as Ports;
  };
  return { seen, shared: new SharedPorts(open) };
}

describe('ports that several Workers share', () => {
  it('are opened by the first and closed by the last', async () => {
    const { seen, shared } = counted();
    await Promise.all([shared.open(), shared.open()]);
    await shared.close();
    expect(seen).toEqual({ opened: 1, closed: 0 });
    await shared.close();
    expect(seen).toEqual({ opened: 1, closed: 1 });
    await expect(shared.activities()).rejects.toThrow('The worker is not running');
  });

  it('are opened anew after they could not be opened', async () => {
    const { seen, shared } = counted(1);
    const first = await Promise.allSettled([shared.open(), shared.open()]);
    expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await shared.open();
    await shared.close();
    expect(seen).toEqual({ opened: 2, closed: 1 });
  });
});
