import { RuleLabels } from '../../schemas/index.js';
import { SqlLimits } from '../sql/sql-job.js';
import { runRule } from '../sql/sql-process.js';
import type { Labeler } from './labeler.js';

/**
 * One SQL expression for all rows, run in a child that can open no file. A rule is one labeller, who has nobody to agree
 * with.
 */
export function ruleLabeler(limits: Partial<SqlLimits> = {}): Labeler<RuleLabels> {
  return {
    kind: 'rule',
    options: RuleLabels,
    open: async ({ rule, knownAt }, dataset, { directory, signal }) => {
      const at = { directory, limits: SqlLimits.parse(limits), signal };
      const { file, outcomeColumns } = await runRule(at, { dataset, rule, knownAt });
      return {
        kind: 'labelled',
        answers: { path: file, format: 'parquet' },
        outcomeColumns,
        agreement: { labellers: 1, share: null },
      };
    },
  };
}
