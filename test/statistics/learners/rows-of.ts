import type { FeatureRows } from '../../../statistics/learners/learner.js';

export const rowsOf = (columns: readonly Float32Array[]): FeatureRows => ({ rows: columns[0]?.length ?? 0, columns });
