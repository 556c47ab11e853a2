import type { PoolClient } from 'pg';
import type { LedgerFault } from '../../ledger.js';
import { patient } from './patient.js';

/** Asks each question, whose rows are faults with `what` and `seq`, until there are enough of them. */
export async function askFor(client: PoolClient, questions: readonly string[], limit: number): Promise<LedgerFault[]> {
  const faults: LedgerFault[] = [];
  for (const sql of questions) {
    if (faults.length >= limit) break;
    const { rows } = await client.query<{ what: string; seq: string | null }>(patient(`${sql} limit ${limit}`));
    faults.push(...rows.map(({ what, seq }) => ({ what, seq: seq === null ? null : Number(seq) })));
  }
  return faults;
}
