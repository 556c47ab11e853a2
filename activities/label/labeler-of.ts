import { type CheckedLabelInput, failure, labelFields, parseInput } from '../../schemas/index.js';
import { adapterOf } from '../adapter.js';
import type { Labeler } from '../labelers/labeler.js';

/** The labeler that an input asks for, with what was written for it alone. Errors: LABELER_UNKNOWN · InvalidInput. */
export function labelerOf(
  labelers: readonly Labeler[],
  input: CheckedLabelInput,
): { labeler: Labeler; options: unknown } {
  const { strategy } = input;
  const labeler = adapterOf(labelers, strategy, (known) => {
    const message = `No labeler "${strategy}" is registered. There are: ${known.join(', ')}.`;
    return failure('LABELER_UNKNOWN', message, { strategy, known });
  });
  return {
    labeler,
    options: parseInput({ schema: labeler.options, example: { strategy } }, ownFields(input), 'labelData'),
  };
}

const shared = new Set(['dataset', ...Object.keys(labelFields)]);
const ownFields = (input: CheckedLabelInput) =>
  Object.fromEntries(Object.entries(input).filter(([name]) => !shared.has(name)));
