import type { AnsweredRows, RequestRows, SignatureReader } from './request-rows.js';
import type { ServingVersion } from './serving-version.js';

/** One way to ask and be answered: Open Inference Protocol or MLflow. */
export interface RequestFormat {
  readonly read: (body: unknown, reader: SignatureReader) => RequestRows;
  readonly write: (answered: Answered) => string;
}

/** One request with its answer and who gave it. */
export interface Answered extends AnsweredRows {
  readonly version: ServingVersion;
}

/** Whom a request asks; without a version, whoever answers there. */
export interface Asked {
  readonly environment: string;
  readonly model: string;
  readonly version: string | undefined;
}
