import { GateComparison } from '../gate-comparison.js';
import { factOf } from './base.js';

/** What a gate shows beside a version's own metrics: the same rows, answered by what serves and by what wants to. */
export const GateComparisonFact = factOf('gateComparison', GateComparison);
