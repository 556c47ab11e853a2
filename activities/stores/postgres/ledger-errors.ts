import { DatabaseError } from 'pg';
import { type ErrorCode, errorCode, failure } from '../../../schemas/index.js';

/**
 * SQLSTATEs, or their first two letters, and what a caller sees of them. ML003 is ours: another body under a known key;
 * and ML004: a fact at a door that is for others.
 * What is not listed (crash, shutdown, timeouts, no connection left, read-only, serialization) may pass.
 */
const codes: Record<string, ErrorCode> = {
  ML003: 'LEDGER_CONFLICT',
  ML004: 'InvalidInput',
  '23505': 'LEDGER_CONFLICT',
  '22': 'InvalidInput',
  '23': 'InvalidInput',
  '54000': 'InvalidInput',
  '28': 'CONFIGURATION_INVALID',
  '3D': 'CONFIGURATION_INVALID',
  '3F': 'CONFIGURATION_INVALID',
  '42': 'CONFIGURATION_INVALID',
};

const remedies: Record<string, string> = {
  '28': 'The user or password in DATABASE_URL is refused',
  '3D': 'The database in DATABASE_URL does not exist. Create it',
  '42501': 'The database user lacks a right. Run "npx temporal-mlops migrate" as the owner of the schema',
  '3F': 'The ledger is not set up here. Run "npx temporal-mlops migrate"',
  '42P01': 'The ledger is not set up here. Run "npx temporal-mlops migrate"',
  '42883': 'The ledger is not set up here, or by an older release. Run "npx temporal-mlops migrate"',
};

/** Any error of pg as one of the catalog. Errors that are no answer of Postgres and no broken connection pass as they are. */
export function ledgerFailure(error: unknown): unknown {
  if (errorCode(error)) return error;
  if (error instanceof DatabaseError) return refusedByPostgres(error);
  return isConnectionFault(error) ? unavailable(error) : error;
}

function refusedByPostgres(error: DatabaseError) {
  const code = codeOf(codes, error);
  if (code === undefined) return unavailable(error);
  const remedy = codeOf(remedies, error);
  const message = remedy ? `${remedy}. Postgres says: ${error.message}` : `The ledger refused it: ${error.message}`;
  return failure(code, message, { sqlState: error.code, constraint: error.constraint, cause: error });
}

function codeOf<T>(table: Record<string, T>, { code = '' }: DatabaseError): T | undefined {
  return table[code] ?? table[code.slice(0, 2)];
}

function unavailable(error: unknown) {
  const why = error instanceof Error ? error.message || nameOf(error) : String(error);
  return failure('LEDGER_UNAVAILABLE', `Postgres did not answer: ${why}`, { code: nameOf(error), cause: error });
}

function nameOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** pg names only some of these by a code. A certificate that has expired and a password that is none are among them. */
function isConnectionFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    /^(E[A-Z_]+|ERR_(SSL|TLS).*|CERT_.*|.*_CERT.*|UNABLE_TO_.*)$/.test(nameOf(error)) ||
    /connection|timeout|client was closed|not queryable|certificate|^SASL/i.test(error.message)
  );
}
