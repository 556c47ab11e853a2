/**
 * What the state may hold, so that no flood makes it too large to continue as new (256 KiB). Beyond `factsToRecord` facts that
 * wait for the ledger, changes of one endpoint are recorded as their newest and answers are refused. Beyond `loadBytes`
 * only what cannot wait is taken (see load.ts).
 */
export const limits = {
  /** the specification and the state together, as they are handed on: some bytes below what a payload may have */
  handedOnBytes: 252 * 1024,
  specificationBytes: 32 * 1024,
  configureBytes: 40 * 1024,
  loadBytes: 128 * 1024,
  toldBytes: 16 * 1024,
  hintBytes: 8 * 1024,
  historyBytes: 12 * 1024,
  refusedBytes: 8 * 1024,
  notActedOnBytes: 8 * 1024,
  seen: { decided: 500, unchanged: 200, outcomes: 200, others: 100 },
  refused: 20,
  history: 40,
  notActedOn: 20,
  outcomeBatches: 40,
  outcomeBytes: 64 * 1024,
  messageBytes: 16 * 1024,
  endpoints: 10,
  factsToRecord: 40,
  triggersToRecord: 15,
  told: 50,
  looks: 20,
  promoted: 10,
  recordBatch: 10,
  recordBytes: 64 * 1024,
  textLength: 300,
} as const;
