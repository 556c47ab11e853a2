import { ApplicationFailure, DefaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';
import { inWorkflowContext, workflowInfo } from '@temporalio/workflow';
import { payloadLimitBytes } from '../schemas/names.js';

/** What a handler gets instead of a payload that cannot be decoded; no schema admits it. */
export interface Undecodable {
  readonly $undecodable: true;
  readonly encoding: string;
}

const standard = new DefaultPayloadConverter();
type Context = Parameters<PayloadConverter['fromPayload']>[1];

/**
 * JSON as usual, with two guards. AddressedEvent: nothing over 256 KiB, because bytes belong in the blob store. Incoming, in
 * a workflow: a signal that cannot be decoded would fail every workflow task for ever, so it becomes a value that every
 * schema refuses. Results of activities and children, and everything outside workflows, still fail loudly.
 */
export const payloadConverter: PayloadConverter = {
  toPayload<T>(value: T, context?: Context): Payload {
    const payload = standard.toPayload(value, context);
    const size = payload.data?.length ?? 0;
    if (size > payloadLimitBytes) throw tooLarge(size);
    return payload;
  },
  fromPayload<T>(payload: Payload, context?: Context): T {
    if (!isForThisWorkflow(context)) return standard.fromPayload<T>(payload, context);
    try {
      return standard.fromPayload<T>(payload, context);
    } catch {
      return undecodable(payload) as T;
    }
  },
};

function isForThisWorkflow(context: Context): boolean {
  return context?.type === 'workflow' && inWorkflowContext() && context.workflowId === workflowInfo().workflowId;
}

/** Bytes of length 0 arrive as a plain array, which a TextDecoder refuses. */
function undecodable(payload: Payload): Undecodable {
  const encoding = payload.metadata?.['encoding'];
  return { $undecodable: true, encoding: encoding?.length ? new TextDecoder().decode(encoding) : 'none' };
}

function tooLarge(size: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'PAYLOAD_TOO_LARGE',
    nonRetryable: true,
    message: `A payload of ${size} bytes is over the limit of ${payloadLimitBytes}. Put the bytes into the blob store and send their digest.`,
    details: [{ sizeBytes: size, limitBytes: payloadLimitBytes }],
  });
}
