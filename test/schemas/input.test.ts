import { describe, expect, it } from 'vitest';
import { type Documented, errorCode, parseInput, type RegisteredName, registry } from '../../schemas/index.js';

/** The failure that an input gives, as Temporal would carry it. */
function refusal(name: RegisteredName, input: unknown): { message: string; fields: string[]; example: unknown } {
  try {
    parseInput(registry[name] as Documented, input, name);
  } catch (error) {
    const { message, details } = error as { message: string; details: [{ fields: string[]; example: unknown }] };
    if (errorCode(error) === 'InvalidInput') return { message, ...details[0] };
    throw error;
  }
  throw new Error(`${name} took ${JSON.stringify(input)}`);
}

describe('a wrong input', () => {
  it.each<[string, RegisteredName, unknown, string[]]>([
    [
      'a missing field',
      'packageModel',
      {},
      ['model: is missing; it must be a model name: 1–63 of a–z, 0–9, ".", "_", "-", starting with a letter or digit'],
    ],
    [
      'a field of another type',
      'monitorModel',
      { model: 'm', policy: { minRows: 'many' } },
      ['policy.minRows: invalid input: expected number, received string'],
    ],
    [
      'a name with a space',
      'packageModel',
      { model: 'my model' },
      ['model: must be a model name: 1–63 of a–z, 0–9, ".", "_", "-", starting with a letter or digit'],
    ],
    [
      'an unknown field',
      'packageModel',
      { model: 'm', runid: 'r' },
      ['runid: is not a known field; did you mean "runId"?'],
    ],
    [
      'an unknown field further in',
      'collectData',
      { dataset: 'd', sources: [{ name: 't', path: 'p', fromat: 'csv' }] },
      ['sources[0].fromat: is not a known field; did you mean "format"?'],
    ],
    [
      'a list without an element',
      'collectData',
      { dataset: 'd', sources: [] },
      ['sources: too small: expected array to have >=1 items'],
    ],
    [
      'several at once',
      'pause',
      { by: '', reason: 3 },
      ['by: must say who acts', 'reason: invalid input: expected string, received number'],
    ],
    [
      'no time',
      'collectData',
      { dataset: 'd', sources: [{ name: 't', path: 'p' }], window: { column: 'c', from: 'soon' } },
      [
        'window.from: must be a date like 2001-04-18, a UTC time like 2001-04-18T06:00:00Z, or a time before the newest row like "-90 days"',
      ],
    ],
    [
      'a join without its SQL',
      'collectData',
      {
        dataset: 'd',
        sources: [
          { name: 'a', path: 'p' },
          { name: 'b', path: 'p' },
        ],
      },
      ['sql: is needed to join several sources, e.g. "select * from flights join airports on …"'],
    ],
  ])('names %s', (_, name, input, fields) => {
    expect(refusal(name, input).fields).toEqual(fields);
  });

  it('is named line by line, with an input that works', () => {
    const { message, example } = refusal('packageModel', { runid: 1 });
    expect(message.split('\n')).toEqual([
      'packageModel got a wrong input:',
      '  model: is missing; it must be a model name: 1–63 of a–z, 0–9, ".", "_", "-", starting with a letter or digit',
      '  runid: is not a known field; did you mean "runId"?',
      'An input that works: {"model":"flight-delay"}',
    ]);
    expect(example).toEqual(registry.packageModel.example);
  });

  it.each([undefined, null, 'x', 3, []])('that is no object (%j) is refused with the example', (input) => {
    const { message, fields } = refusal('packageModel', input);
    expect(fields[0]).toMatch(/^input: (invalid input: expected|is missing; it must be an) object/);
    expect(message).toContain('An input that works: ');
  });

  it('names the nearest field wherever it stands, also behind a choice and a default, and none where none is near', () => {
    const recipe = registry.modelLifecycle.example.recipe;
    const of = (input: object) => refusal('modelLifecycle', { model: 'm', ...input }).fields;
    expect(of({ monitr: {} })).toEqual(['monitr: is not a known field; did you mean "monitor"?']);
    expect(of({ retrain: { challenger: { minImprovment: 1 } } })).toEqual([
      'retrain.challenger.minImprovment: is not a known field; did you mean "minImprovement"?',
    ]);
    expect(of({ recipe: { ...recipe, label: { ...recipe.label, knowAt: 'x' } } })).toEqual([
      'recipe.label.knowAt: is not a known field; did you mean "knownAt"?',
    ]);
    expect(of({ elephants: 1 })).toEqual(['elephants: is not a known field']);
  });

  it('may name its JSON Schema, which is no field of it', () => {
    const named = { $schema: './schemas/json/packageModel.json', model: 'm' };
    expect(parseInput(registry.packageModel, named, 'packageModel')).toEqual({ model: 'm' });
  });

  it('that is not there at all is said to be missing', () => {
    expect(refusal('trainModel', undefined).message).toMatch(/^trainModel got no input\.\n/);
  });

  it('of a union is compared with the branch it comes closest to', () => {
    expect(refusal('deployModel', { model: 'm', rollback: { by: 'ana' } }).fields).toEqual([
      'rollback.reason: is missing; it must be a string',
    ]);
    expect(refusal('deployModel', { model: 'm', canary: { share: 2 } }).fields).toEqual([
      'canary.share: too big: expected number to be <=1',
    ]);
  });

  const rollback = { by: 'ana', reason: 'late' };
  it.each<[string, object, string]>([
    [
      'a wrong inner field',
      { rollback: { ...rollback, version: 1 } },
      'rollback.version: is not a known field; did you mean "toVersion"?',
    ],
    [
      'a misspelt inner field',
      { rollback: { ...rollback, toVersio: 1 } },
      'rollback.toVersio: is not a known field; did you mean "toVersion"?',
    ],
    ['a field of the other branch', { rollback, version: 2 }, 'version: is not a known field'],
    [
      'several of them',
      { rollback: { by: 'ana' }, canary: {}, version: 2 },
      'rollback.reason: is missing; it must be a string',
    ],
  ])('of a break-glass rollback is told as one, with its example: %s', (_, input, field) => {
    const { fields, example } = refusal('deployModel', { model: 'm', ...input });
    expect(fields).toContain(field);
    expect(example).toHaveProperty('rollback');
    expect(refusal('deployModel', { model: 'm', canary: { share: 2 } }).example).toHaveProperty('canary');
  });

  it('of a break-glass rollback may name the version to return to', () => {
    const input = { model: 'm', rollback: { ...rollback, toVersion: 1 } };
    expect(parseInput(registry.deployModel, input, 'deployModel')).toMatchObject(input);
  });

  it('of a union that is told apart by "kind" names what is wrong with that kind', () => {
    const expectations = [{ kind: 'range', column: 'c', min: 'low' }];
    const input = { dataset: 'd', sources: [{ name: 't', path: 'p' }], expectations };
    expect(refusal('collectData', input).fields).toEqual([
      'expectations[0].min: invalid input: expected number, received string',
    ]);
  });

  it.each(Object.keys(registry) as RegisteredName[])('never comes of an example of "%s"', (name) => {
    const documented: Documented = registry[name];
    for (const example of [documented.example, ...(documented.others ?? [])])
      expect(() => parseInput(documented, example, name)).not.toThrow();
  });

  it('keeps defaults out of what is sent and fills them in where it arrives', () => {
    expect(parseInput(registry.deployModel, { model: 'm' }, 'deployModel')).toMatchObject({
      environment: 'production',
      canary: { share: 0.1, minRequests: 20 },
      approvalTimeout: '30 days',
    });
  });
});

describe('an input with more mistakes than anybody reads', () => {
  it('is told with the first of them, in an error that is small enough to be sent', () => {
    const unknown = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`unknown${i}`, 1]));
    const { message, fields } = refusal('packageModel', { model: 'm', ...unknown });
    expect(fields.length).toBeLessThanOrEqual(51);
    expect(fields.at(-1)).toMatch(/^… and \d+ more$/);
    expect(message.length).toBeLessThan(64 * 1024);
  });
});
