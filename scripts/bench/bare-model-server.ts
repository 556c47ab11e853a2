import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/*
 * What one would write in an afternoon: node:http, JSON.parse, ONNX Runtime, an answer. No check, no log, no metric.
 * Arguments: the model's file and the port.
 */
const [modelFile = '', port = ''] = process.argv.slice(2);
const session = await InferenceSession.create(modelFile, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
});

interface InferRequest {
  readonly inputs: readonly { readonly name: string; readonly shape: number[]; readonly data: unknown[] }[];
}

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => void answer(Buffer.concat(chunks).toString(), request, response));
}).listen(Number(port), '127.0.0.1');

async function answer(body: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET') return void response.end('ready');
  const { inputs } = JSON.parse(body) as InferRequest;
  const feeds: Record<string, Tensor> = {};
  for (const { name, shape, data } of inputs) feeds[name] = tensorOf(name, shape, data);
  const { dims, data } = (await session.run(feeds))['probability'] as Tensor;
  const output = { name: 'probability', datatype: 'FP32', shape: dims, data: [...(data as Float32Array)] };
  const text = JSON.stringify({ model_name: 'bench', model_version: '1', outputs: [output] });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

const types = Object.fromEntries(session.inputNames.map((name, i) => [name, session.inputMetadata[i]]));

function tensorOf(name: string, shape: number[], data: unknown[]): Tensor {
  const metadata = types[name];
  const type = metadata?.isTensor ? metadata.type : 'float32';
  if (type === 'string') return new Tensor('string', data as string[], shape);
  if (type === 'int64')
    return new Tensor(
      'int64',
      BigInt64Array.from(data as string[], (text) => BigInt(Date.parse(text))),
      shape,
    );
  return new Tensor('float32', Float32Array.from(data as number[], Number), shape);
}
