import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { ledgerFailure } from '../../../activities/stores/postgres/ledger-errors.js';
import { catalogEntry, errorCode } from '../../../schemas/index.js';

const refusal = (code: string) => Object.assign(new DatabaseError('no', 1, 'error'), { code });
const withCode = (message: string, code: string) => Object.assign(new Error(message), { code });

function found(error: Error) {
  const code = errorCode(ledgerFailure(error));
  if (code === null) return null;
  const { fault, retryable } = catalogEntry(code);
  return { code, fault, retryable };
}

describe('an error of Postgres', () => {
  it.each([
    ['a wrong password', refusal('28P01'), 'CONFIGURATION_INVALID'],
    ['a rule that lets nobody in', refusal('28000'), 'CONFIGURATION_INVALID'],
    ['a missing database', refusal('3D000'), 'CONFIGURATION_INVALID'],
    ['a missing schema', refusal('3F000'), 'CONFIGURATION_INVALID'],
    ['a missing table', refusal('42P01'), 'CONFIGURATION_INVALID'],
    ['a revoked right', refusal('42501'), 'CONFIGURATION_INVALID'],
    ['a full disk', refusal('53100'), 'LEDGER_UNAVAILABLE'],
    ['no connection left', refusal('53300'), 'LEDGER_UNAVAILABLE'],
    ['a statement that took too long', refusal('57014'), 'LEDGER_UNAVAILABLE'],
    ['a server that starts', refusal('57P03'), 'LEDGER_UNAVAILABLE'],
    ['a server that only reads', refusal('25006'), 'LEDGER_UNAVAILABLE'],
    ['nobody there', withCode('connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED'), 'LEDGER_UNAVAILABLE'],
    ['an expired certificate', withCode('certificate has expired', 'CERT_HAS_EXPIRED'), 'LEDGER_UNAVAILABLE'],
    ['a password that is none', new Error('SASL: client password must be a string'), 'LEDGER_UNAVAILABLE'],
  ])('is waited for: %s', (_, error, code) => {
    expect(found(error)).toEqual({ code, fault: 'world', retryable: true });
  });

  it.each([
    ['a number out of range', refusal('22003'), 'InvalidInput'],
    ['a text that is none', refusal('22P05'), 'InvalidInput'],
    ['a value that must be there', refusal('23502'), 'InvalidInput'],
    ['a key too long for its index', refusal('54000'), 'InvalidInput'],
    ['another body under a known key', refusal('ML003'), 'LEDGER_CONFLICT'],
  ])('is held against what was given: %s', (_, error, code) => {
    expect(found(error)).toEqual({ code, fault: 'input', retryable: false });
  });

  it('is none where it is a mistake of ours', () => {
    expect(found(new TypeError('x is not a function'))).toBeNull();
  });
});
