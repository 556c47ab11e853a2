import { expect, it } from 'vitest';
import { failure } from '../../schemas/index.js';
import { onceTheWorldIsThere } from '../../workers/wait-for-world.js';

const away = () => failure('LEDGER_UNAVAILABLE', 'Postgres did not answer: gone\nand more');

/** What is said while the world is away for so many tries. */
async function saidWhile(tries: number, sayEveryMs: number): Promise<string[]> {
  const said: string[] = [];
  const act = () => (tries-- > 0 ? Promise.reject(away()) : Promise.resolve('done'));
  const waiting = { what: 'Postgres', say: (line: string) => void said.push(line), longestMs: 1, sayEveryMs };
  expect(await onceTheWorldIsThere(act, waiting)).toBe('done');
  return said;
}

const line = 'waiting for Postgres: LEDGER_UNAVAILABLE: Postgres did not answer: gone';

it('a world that is there is not talked of', async () => {
  expect(await saidWhile(0, 60_000)).toEqual([]);
});

it('a world that is away is waited for, told at once and then now and then, and greeted', async () => {
  expect(await saidWhile(5, 60_000)).toEqual([line, 'Postgres is there']);
  expect(await saidWhile(3, 0)).toEqual([line, line, line, 'Postgres is there']);
});

it.each([failure('CONFIGURATION_INVALID', 'the password is refused'), new Error('a mistake of ours')])(
  'what the input or we do wrong ends it: %s',
  async (error) => {
    const said: string[] = [];
    const waiting = { what: 'Postgres', say: (text: string) => void said.push(text) };
    await expect(onceTheWorldIsThere(() => Promise.reject(error), waiting)).rejects.toBe(error);
    expect(said).toEqual([]);
  },
);
