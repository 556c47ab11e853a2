import { failure } from '../../schemas/index.js';

const patienceMs = 2000;

/**
 * What the ledger answers, or LEDGER_UNAVAILABLE where it takes long: it is asked for again later, and no slot of the urgent
 * queue is held meanwhile that a rollback may want.
 */
export function soon<T>(answer: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(tooLate()), patienceMs).unref());
  return Promise.race([answer, late]);
}

const tooLate = () => failure('LEDGER_UNAVAILABLE', `Postgres did not answer within ${patienceMs / 1000} s.`);
