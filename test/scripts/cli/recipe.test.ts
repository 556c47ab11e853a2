import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { errorCode, registry, workflowTypes } from '../../../schemas/index.js';
import { readRecipe } from '../../../scripts/cli/recipe.js';
import { readDocument } from '../../../scripts/cli/recipe-document.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-recipe-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function refusal(work: () => unknown): { code: string | null; message: string } {
  try {
    work();
  } catch (error) {
    return { code: errorCode(error), message: error instanceof Error ? error.message : '' };
  }
  return { code: null, message: 'it was taken' };
}

const label = { dataset: { name: 'flights' }, rule: 'delay > 15', knownAt: 'departure' };
const collect = { dataset: 'flights', sources: [{ name: 'flights', path: 'data/flights.parquet' }] };

describe('a recipe', () => {
  it.each<[string, object, string, string]>([
    ['sources', collect, 'collectData', 'collect/flights'],
    ['a rule', label, 'labelData', 'label/flights'],
    ['a model and its dataset', { model: 'm', dataset: { name: 'd' } }, 'trainModel', 'train/m'],
    ['a run', { model: 'm', runId: 'm-1' }, 'packageModel', 'package/m'],
    ['a canary', { model: 'm', canary: { share: 1 } }, 'deployModel', 'deploy/m/production'],
    [
      'a rollback',
      { model: 'm', environment: 'staging', rollback: { by: 'a', reason: 'b' } },
      'deployModel',
      'deploy/m/staging/rollback',
    ],
    [
      'a window',
      { model: 'm', window: { from: '2001-01-01', to: '2001-01-02' } },
      'monitorModel',
      'monitor/m/production',
    ],
    ['a recipe', { model: 'm', recipe: {} }, 'modelLifecycle', 'lifecycle/m'],
    ['a recipe and a challenger', { model: 'm', recipe: {}, challenger: {} }, 'retrainModel', 'retrain/m'],
    ['a recipe and a typing mistake', { model: 'm', recipe: {}, monitr: {} }, 'modelLifecycle', 'lifecycle/m'],
  ])('with %s is taken for its workflow, under our own id', (_, input, workflowType, workflowId) => {
    expect(readRecipe({ ...input })).toEqual({ workflowType, workflowId, input });
  });

  it.each(Object.values(workflowTypes))('that says %s is one, whatever its fields are like', (workflowType) => {
    const { example } = registry[workflowType];
    expect(readRecipe({ workflow: workflowType, ...example })).toMatchObject({ workflowType, input: example });
    expect(readRecipe({ $schema: `../schemas/json/${workflowType}.json`, ...example })).toMatchObject({ workflowType });
  });

  it('that fits several is refused with what it may be', () => {
    expect(refusal(() => readRecipe({ model: 'm' }))).toEqual({
      code: 'InvalidInput',
      message:
        'Its fields (model) fit packageModel, deployModel, monitorModel, modelLifecycle. Say which, by a field like "workflow": "packageModel".',
    });
    expect(refusal(() => readRecipe({ workflow: 'modelLifecycl', model: 'm' })).message).toBe(
      'workflow: "modelLifecycl" is no workflow. Did you mean "modelLifecycle"?',
    );
  });
});

describe('a recipe file', () => {
  it('is YAML with comments, or JSON', () => {
    const yaml = written('a.yaml', '# whose\nmodel: m # a name\nrecipe:\n  label: { rule: "sex = \'male\'" }\n');
    const json = written('a.json', '{"model":"m","recipe":{"label":{"rule":"sex = \'male\'"}}}');
    expect(readDocument(yaml)).toEqual({ model: 'm', recipe: { label: { rule: "sex = 'male'" } } });
    expect(readDocument(json)).toEqual(readDocument(yaml));
  });

  it.each([
    ['a key twice', 'model: m\nmodel: n\n', 'InvalidInput', /neither JSON nor YAML: Map keys must be unique at line 2/],
    ['a bracket left open', '{"model": "m"', 'InvalidInput', /neither JSON nor YAML/],
    ['a list', '- model\n', 'InvalidInput', /is no recipe: it must be one object/],
    ['nothing', '', 'InvalidInput', /is no recipe: it must be one object/],
  ])('with %s is refused in words', (_, text, code, message) => {
    const file = written('wrong.yaml', text);
    expect(refusal(() => readDocument(file))).toEqual({ code, message: expect.stringMatching(message) });
  });

  it('that is not there is not found', () => {
    expect(refusal(() => readDocument(join(folder, 'none.yaml')))).toMatchObject({ code: 'NOT_FOUND' });
  });
});
