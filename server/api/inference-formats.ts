import type { RequestFormat } from '../model/request-format.js';
import { readInferRequest } from './infer-request.js';
import { readInvocation } from './invocations-request.js';

/** Open Inference Protocol v2: one output tensor of shape [N]; the request's id comes back as it is logged. */
export const openInference: RequestFormat = {
  read: readInferRequest,
  write: ({ version, outputs, requestId }) => {
    const datatype = outputs instanceof Float32Array ? 'FP32' : 'FP64';
    const { model, version: served } = version.slotted;
    return `{"model_name":"${model}","model_version":"${served.version}","id":${JSON.stringify(requestId)},"outputs":[{"name":"${version.outputName}","datatype":"${datatype}","shape":[${outputs.length}],"data":[${outputs.join(',')}]}]}`;
  },
};

/** MLflow's scoring server. */
export const invocations: RequestFormat = {
  read: readInvocation,
  write: ({ version, outputs }) => `{"predictions":{"${version.outputName}":[${outputs.join(',')}]}}`,
};
