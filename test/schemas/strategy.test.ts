import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  CanaryPolicy,
  DeployInput,
  firstVersionSteps,
  LifecycleInput,
  RetrainInput,
  registry,
  Strategy,
  stepsOf,
} from '../../schemas/index.js';
import { wrongFields } from '../../schemas/input.js';

const share = (of: number) => ({ kind: 'share', share: of }) as const;
const promote = { kind: 'promote' } as const;
const bake = { kind: 'bake', duration: '1 hour' } as const;
const pause = { kind: 'pause' } as const;

function refusal(steps: object[]): string[] {
  const parsed = Strategy.safeParse({ steps });
  return parsed.success ? [] : wrongFields(parsed.error);
}

describe('a strategy', () => {
  it.each<[string, object[]]>([
    ['one share after another, each baked', [share(0.1), bake, share(0.5), bake, promote]],
    ['all traffic at once', [promote]],
    ['a pause before anything is routed', [pause, promote]],
    ['an analysis with its defaults', [share(0.01), { kind: 'analyse' }]],
    ['20 steps with the promotion', [share(0.1), ...Array.from({ length: 18 }, () => bake), promote]],
  ])('may be %s', (_, steps) => {
    expect(refusal(steps)).toEqual([]);
  });

  it.each<[string, object[], string]>([
    ['no steps', [], 'steps: too small: expected array to have >=1 items'],
    [
      'a share that does not grow',
      [share(0.5), bake, share(0.5)],
      'steps[2]: must be a larger share than the one before, 0.5: a rollout only grows',
    ],
    [
      'a promotion in the middle',
      [share(0.5), promote, bake],
      'steps[1]: must be the last step: after "promote" nothing is left to do',
    ],
    [
      'two promotions',
      [share(0.5), promote, promote],
      'steps[1]: must be the last step: after "promote" nothing is left to do',
    ],
    [
      'an analysis of nothing',
      [{ kind: 'analyse' }, promote],
      'steps[0]: must come after a "share" step: before it the new version answers nothing',
    ],
    ['a share of nothing', [share(0)], 'steps[0].share: too small: expected number to be >0'],
    [
      'more than 20 steps',
      [share(0.1), ...Array.from({ length: 19 }, () => bake)],
      'steps: must be at most 20 steps, the promotion counted; these are 21',
    ],
  ])('is refused with %s', (_, steps, why) => {
    expect(refusal(steps)).toEqual([why]);
  });

  it('ends with a promotion, also where it does not say so', () => {
    expect(stepsOf({ strategy: { steps: [share(0.5)] } })).toEqual([share(0.5), promote]);
    expect(stepsOf({ strategy: { steps: [share(0.5), promote] } })).toEqual([share(0.5), promote]);
  });

  it('is what its short form stands for: a share, an analysis, all traffic', () => {
    const canary = CanaryPolicy.parse({ share: 0.2, duration: '5 minutes' });
    const analysis = {
      duration: '5 minutes',
      minRequests: 20,
      maxErrorShare: 0.01,
      maxRefusedShare: 0.05,
      maxSlowdown: 2,
      slowdownGrace: '20 ms',
      timeout: '1 hour',
    };
    expect(stepsOf({ canary })).toEqual([share(0.2), { kind: 'analyse', ...analysis }, promote]);
  });

  it('lets a first version take everything, and silence does not speak against it', () => {
    const [{ canary }] = LifecycleInput.parse({ model: 'm' }).environments;
    expect(firstVersionSteps(stepsOf({ canary }))).toMatchObject([
      { kind: 'share', share: 1 },
      { kind: 'analyse', minRequests: 0 },
      promote,
    ]);
  });

  const strategy = { steps: [promote] };
  it.each<[string, (ways: object) => unknown, z.ZodType]>([
    ['deployModel', (ways) => ({ model: 'm', ...ways }), DeployInput],
    ['modelLifecycle', (ways) => ({ model: 'm', deploy: ways }), LifecycleInput],
    ['retrainModel', (ways) => ({ ...registry.retrainModel.example, ...ways }), RetrainInput],
  ])('is given to %s as a list or as its short form, not as both', (_, inputWith, schema) => {
    expect(JSON.stringify(schema.parse(inputWith({ strategy })))).not.toContain('canary');
    expect(JSON.stringify(schema.parse(inputWith({})))).toContain('"canary":{"share":0.1');
    const both = schema.safeParse(inputWith({ strategy, canary: {} }));
    expect(both.error && wrongFields(both.error)).toEqual([
      expect.stringMatching(/^(deploy\.)?strategy: give either "canary", the short form, or "strategy", not both$/),
    ]);
  });
});
