import { describe, expect, it } from 'vitest';
import {
  addressed,
  type ForwardingState,
  next,
  nothingToForward,
  sent,
  statusOfForwarding,
  take,
} from '../../../workflows/deploy/forwarding.js';

const by = 'ana@example.com';
const taken = (...messages: [Parameters<typeof take>[1], unknown][]): ForwardingState => {
  const state = nothingToForward();
  for (const [name, body] of messages) take(state, name, body);
  return state;
};
const numbered = (count: number, more: object = {}): [Parameters<typeof take>[1], unknown][] =>
  Array.from({ length: count }, (_, i) => ['pause', { by, reason: `${i}`, ...more }]);
const names = ({ waiting }: ForwardingState) => waiting.map(({ name }) => name);

describe('what a deployment hands on to its owner', () => {
  it('is what its schema says; everything else is refused and counted', () => {
    const state = taken(
      ['approve', { by }],
      ['approve', { by: '' }],
      ['rollback', { by }],
      ['retire', 'not an object'],
    );
    expect(names(state)).toEqual(['approve']);
    expect(statusOfForwarding(state)).toMatchObject({ waiting: 1, refused: 3 });
    expect(state.newestRefusal).toMatch(/^retire: /);
  });

  it('waits in order, and at most so many of one kind wait, beside which the others have room', () => {
    const state = taken(...numbered(60), ['approve', { by }]);
    expect(statusOfForwarding(state)).toMatchObject({ waiting: 21, refused: 40 });
    expect(next(state)?.body).toMatchObject({ reason: '0' });
  });

  it('is small however large the messages are', () => {
    const outcomes = (i: number) =>
      Array.from({ length: 200 }, (_, row) => ({ requestId: `${i}-${'漢'.repeat(60)}-${row}`, outcome: 1 }));
    const all = Array.from({ length: 40 }, (_, i) => [
      ['recordOutcomes', { by, outcomes: outcomes(i) }] as const,
      ...(['approve', 'reject'] as const).map((name) => [name, { by, comment: `${i}${'漢'.repeat(1900)}` }] as const),
      ...(['pause', 'retrain', 'retire', 'rollback'] as const).map(
        (name) => [name, { by, reason: `${i}${'漢'.repeat(490)}` }] as const,
      ),
    ]).flat();
    const state = taken(...all.map(([name, body]): [Parameters<typeof take>[1], unknown] => [name, body]));
    expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(200 * 1024);
    expect(state.waiting.length).toBeGreaterThan(20);
  });

  it('is one message when it comes twice while it waits', () => {
    expect(statusOfForwarding(taken(['pause', { by }], ['pause', { by }]))).toMatchObject({ waiting: 1, refused: 0 });
  });

  it('has rollbacks first', () => {
    const state = taken(...numbered(60), ['rollback', { by, reason: 'late answers' }]);
    const first = next(state);
    expect(first?.name).toBe('rollback');
    if (first) sent(state, first);
    expect(next(state)?.name).toBe('pause');
  });

  it('means its own endpoint, where the message is about one and names none', () => {
    const endpoint = { model: 'm', environment: 'staging' };
    expect(addressed('approve', { by }, endpoint)).toEqual({ by, environment: 'staging' });
    expect(addressed('approve', { by, environment: 'production' }, endpoint)).toMatchObject({
      environment: 'production',
    });
    expect(addressed('pause', { by }, endpoint)).toEqual({ by });
    expect(addressed('approve', 'text', endpoint)).toBe('text');
  });
});
