import { expect, it } from 'vitest';
import { actingOf } from '../../../activities/monitor/acting.js';
import type { Life } from '../../../activities/stores/registry.js';

const life: Life = {
  specification: null,
  signaturesRequired: false,
  retired: null,
  version: 1,
  promoted: [],
  decidedIn: [],
};
const specified = (specification: Record<string, unknown>): Life => ({ ...life, specification });
const recipe = { collect: {} };

it.each<[string, Life | null, object | null]>([
  ['no lifecycle', null, null],
  ['a retired one', { ...life, retired: { by: 'ana', reason: 'x' } }, null],
  ['one that recorded nothing', life, { automatic: true, hasRecipe: false }],
  ['the least specification', specified({ model: 'm' }), { automatic: true, hasRecipe: false }],
  ['a recipe', specified({ recipe, retrain: {} }), { automatic: true, hasRecipe: true }],
  ['a recipe of its own', specified({ retrain: { automatic: false, recipe } }), { automatic: false, hasRecipe: true }],
])('who acts on a verdict: %s', (_, of, acting) => {
  expect(actingOf(of)).toEqual(acting);
});
