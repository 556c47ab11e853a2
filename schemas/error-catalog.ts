/** Whose doing an error is: of what was sent or written, or of everything that it runs on. */
export type Fault = 'input' | 'world';

export interface CatalogEntry {
  /** whether it is tried again by itself: without an end, or as often as `tries` says */
  readonly retryable: boolean;
  readonly tries?: number;
  readonly fault: Fault;
  readonly meaning: string;
}

/**
 * Every error a caller can see. What becomes of it is a property of the error, never of the throw. Only for a fault of the
 * input is anything ever refused, dropped or set aside; what the world does, and may undo, is waited for. `docs/errors.md`
 * lists the same codes, and a test holds the two together.
 */
export const errorCatalog = {
  InvalidInput: { retryable: false, fault: 'input', meaning: 'The input does not have the shape that is documented.' },
  ALREADY_RUNNING: { retryable: false, fault: 'input', meaning: 'The same id runs with another input.' },
  PAYLOAD_TOO_LARGE: { retryable: false, fault: 'input', meaning: 'A message is larger than 256 KiB.' },
  SOURCE_UNKNOWN: { retryable: false, fault: 'input', meaning: 'No source of that kind is registered.' },
  SOURCE_NOT_FOUND: { retryable: false, fault: 'input', meaning: 'A source names no readable file.' },
  SOURCE_NOT_ALLOWED: {
    retryable: false,
    fault: 'input',
    meaning: 'A source lies outside the folders the worker may read.',
  },
  SOURCE_UNREADABLE: { retryable: false, fault: 'input', meaning: 'A source could not be parsed in its format.' },
  SOURCE_CHANGED: { retryable: false, fault: 'input', meaning: 'A source changed after it was listed.' },
  SCHEMA_CHANGED: { retryable: false, fault: 'input', meaning: 'The columns differ from those that are required.' },
  SQL_REFUSED: {
    retryable: false,
    fault: 'input',
    meaning: 'The SQL is not one plain SELECT that the same data answers alike.',
  },
  SQL_FAILED: { retryable: false, fault: 'input', meaning: 'The SQL failed in DuckDB.' },
  SQL_TIMEOUT: { retryable: false, fault: 'input', meaning: 'The SQL ran past its deadline and was killed.' },
  JOB_TOO_LARGE: {
    retryable: false,
    fault: 'input',
    meaning: 'A job needed more memory or disk than one job may use.',
  },
  EMPTY_DATASET: { retryable: false, fault: 'input', meaning: 'No row is left.' },
  EXPECTATION_FAILED: { retryable: false, fault: 'input', meaning: 'An expectation of severity "fail" does not hold.' },
  DATASET_NOT_FOUND: { retryable: false, fault: 'input', meaning: 'No such dataset version is in the ledger.' },
  LABELER_UNKNOWN: { retryable: false, fault: 'input', meaning: 'No labeler of that strategy is registered.' },
  LABEL_INVALID: { retryable: false, fault: 'input', meaning: 'The label rule gives no usable label.' },
  ONE_CLASS: { retryable: false, fault: 'input', meaning: 'Every label is the same: there is nothing to learn.' },
  NO_FEATURES: { retryable: false, fault: 'input', meaning: 'No column is left that a model may learn from.' },
  SPLIT_EMPTY: { retryable: false, fault: 'input', meaning: 'Train, validation or test holds no row.' },
  TRAINER_UNKNOWN: { retryable: false, fault: 'input', meaning: 'No trainer of that name is registered.' },
  TRAINER_FAILED: { retryable: false, fault: 'input', meaning: 'A trainer refused its data or its parameters.' },
  ALL_TRIALS_FAILED: { retryable: false, fault: 'input', meaning: 'No trial of the search gave a model.' },
  CHILD_KILLED: {
    retryable: true,
    tries: 3,
    fault: 'input',
    meaning: 'A child process died or was killed (memory, signal).',
  },
  RUN_NOT_FOUND: { retryable: false, fault: 'input', meaning: 'No such run is in the ledger.' },
  PARITY_FAILED: { retryable: false, fault: 'input', meaning: 'The model answers differently from its trainer.' },
  MODEL_REFUSED: { retryable: false, fault: 'input', meaning: 'The ONNX file holds something that is not admitted.' },
  VERSION_NOT_FOUND: { retryable: false, fault: 'input', meaning: 'No such model version is in the ledger.' },
  BLOB_NOT_FOUND: { retryable: false, fault: 'world', meaning: 'A blob is not in the store.' },
  BLOB_CORRUPT: { retryable: false, fault: 'world', meaning: 'The bytes of a blob do not match its digest.' },
  BLOB_STORE_UNAVAILABLE: { retryable: true, fault: 'world', meaning: 'The blob store did not answer.' },
  LEDGER_UNAVAILABLE: { retryable: true, fault: 'world', meaning: 'Postgres did not answer.' },
  LEDGER_CONFLICT: {
    retryable: false,
    fault: 'input',
    meaning: 'The ledger already holds another fact under the same key.',
  },
  MODEL_SERVER_UNAVAILABLE: { retryable: true, fault: 'world', meaning: 'The model server did not answer.' },
  TEMPORAL_UNAVAILABLE: { retryable: true, fault: 'world', meaning: 'Temporal did not answer an activity.' },
  SYSTEM_UNAVAILABLE: { retryable: true, fault: 'world', meaning: 'The machine or its network did not do its part.' },
  STALE_GENERATION: { retryable: false, fault: 'input', meaning: 'A newer generation has taken over the endpoint.' },
  DEPLOYMENT_CHECK_FAILED: {
    retryable: false,
    fault: 'input',
    meaning: 'A check of the rollout failed; the previous version serves.',
  },
  NOTHING_TO_ROLL_BACK: {
    retryable: false,
    fault: 'input',
    meaning: 'The endpoint has no earlier version to return to.',
  },
  NOTHING_WAITING: { retryable: false, fault: 'input', meaning: 'The answer names nothing that is waiting now.' },
  ANSWER_AMBIGUOUS: { retryable: false, fault: 'input', meaning: 'Several gates wait; the answer must say which.' },
  ANSWER_MISMATCH: {
    retryable: false,
    fault: 'input',
    meaning: 'The answer names a digest that is not the one waiting.',
  },
  ANSWER_NOT_ALLOWED: {
    retryable: false,
    fault: 'input',
    meaning: "The gate's policy does not count this person's answer.",
  },
  TOO_MUCH_WAITS: {
    retryable: false,
    fault: 'world',
    meaning: 'More waits to be done than may wait; send it again later.',
  },
  SIGNATURE_REQUIRED: { retryable: false, fault: 'input', meaning: 'In production an approval must be signed.' },
  CALLER_NOT_ALLOWED: {
    retryable: false,
    fault: 'input',
    meaning: 'Another workflow asked for what only its owner may have done.',
  },
  STAGE_ENDED: { retryable: false, fault: 'world', meaning: 'A stage was cancelled, terminated or timed out.' },
  MODEL_RETIRED: { retryable: false, fault: 'input', meaning: 'The model is retired and takes no more commands.' },
  MONITOR_WINDOW_EMPTY: {
    retryable: false,
    fault: 'input',
    meaning: 'No complete data day with predictions is left to look at.',
  },
  CONFIGURATION_INVALID: {
    retryable: true,
    fault: 'world',
    meaning: 'A setting of a process, or a right or thing that it names, is missing or wrong.',
  },
  CANCEL_REFUSED: {
    retryable: false,
    fault: 'input',
    meaning: 'A lifecycle is not cancelled: what serves needs its owner.',
  },
  SEARCH_ATTRIBUTES_MISSING: {
    retryable: false,
    fault: 'world',
    meaning: 'The namespace lacks our search attributes.',
  },
  WORKFLOWS_NOT_EXPORTED: { retryable: false, fault: 'input', meaning: "The host's workflows do not re-export ours." },
  NOT_FOUND: { retryable: false, fault: 'input', meaning: 'Nothing of that name is known.' },
  STALLED: {
    retryable: true,
    tries: 3,
    fault: 'world',
    meaning: 'Work made no progress for too long and was given up.',
  },
  UNEXPECTED: {
    retryable: true,
    tries: 3,
    fault: 'world',
    meaning: 'An error that is none of these: a fault of the software.',
  },
} as const satisfies Record<string, CatalogEntry>;

export type ErrorCode = keyof typeof errorCatalog;

export const catalogEntry = (code: ErrorCode): CatalogEntry => errorCatalog[code];
