import { describe, expect, it } from 'vitest';
import { asSqlFailed, cleanMessage } from '../../../activities/sql/sql-error.js';
import { errorCode } from '../../../schemas/index.js';

const codeOf = (error: Error) => asSqlFailed(Promise.reject(error), 'The job').catch(errorCode);

describe('an error of DuckDB', () => {
  it.each([
    'IO Error: Could not write file "/tmp/mlops-job-x/spill/duckdb_temp_storage-0.tmp": No space left on device',
    'IO Error: Cannot open file "/tmp/job.duckdb": Too many open files',
    'IO Error: Could not read from file "/data/part.parquet": Input/output error',
    'IO Error: Could not sync file "/tmp/out/part.parquet": Read-only file system',
    'IO Error: Could not write file "/tmp/x": Disk quota exceeded',
  ])("is the machine's fault, which may pass: %s", async (message) => {
    expect(await codeOf(new Error(message))).toBe('SYSTEM_UNAVAILABLE');
  });

  it.each([
    'Binder Error: Referenced column "delays" not found in FROM clause!',
    "Conversion Error: Could not convert string 'x' to INT32",
  ])('is the fault of the SQL: %s', async (message) => {
    expect(await codeOf(new Error(message))).toBe('SQL_FAILED');
  });

  it('is the size of the job where it is out of the room that a job may have', async () => {
    const message = 'Out of Memory Error: failed to offload data block of size 256.0 KiB (max_temp_directory_size)';
    expect(await codeOf(new Error(message))).toBe('JOB_TOO_LARGE');
  });

  it.each([
    ['Object {"name":"Ann","a":{"b":1}} has unknown key "x"\nTry it.', 'Object {…} has unknown key "x"\nTry it.'],
    [
      'Expected ARRAY, but got OBJECT: Object {"name":"Ann"\nTry it.',
      'Expected ARRAY, but got OBJECT: Object {…}\nTry it.',
    ],
  ])('tells no value of the data: %j', (message, told) => {
    expect(cleanMessage(new Error(message))).toBe(told);
  });
});
