import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { quantile } from '../../statistics/quantile.js';

/*
 * Asks as fast as it is answered, on several connections that stay open, one request at a time on each. Written on
 * sockets, because node:http's own client is slower than the servers measured. Its argument is a `Load` as JSON; it
 * prints what it saw as JSON.
 */
export interface Load {
  readonly port: number;
  readonly path: string;
  /** a JSON file: a list of request bodies */
  readonly bodiesFile: string;
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export interface Answers {
  readonly requestsPerSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  /** answers other than 200 */
  readonly refused: number;
  /** share of one core the generator itself used; near 1, it was the limit */
  readonly generatorCpuShare: number;
}

const load = JSON.parse(process.argv[2] ?? '') as Load;
const bodies = JSON.parse(readFileSync(load.bodiesFile, 'utf8')) as string[];
const requests = bodies.map((body) => {
  const head = [`POST ${load.path} HTTP/1.1`, 'host: 127.0.0.1', 'content-type: application/json'];
  return Buffer.from(`${head.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
});
let latencies: number[] = [];
let refused = 0;
let next = 0;

async function main(): Promise<void> {
  const sockets = Array.from({ length: load.connections }, () => keepAsking());
  await sleep(load.warmUpSeconds);
  latencies = [];
  const began = performance.now();
  const cpu = process.cpuUsage();
  await sleep(load.seconds);
  const seconds = (performance.now() - began) / 1000;
  const used = process.cpuUsage(cpu);
  const seen = Float64Array.from(latencies).sort();
  for (const socket of sockets) socket.destroy();
  const answers: Answers = {
    requestsPerSecond: seen.length / seconds,
    p50Milliseconds: quantile(seen, 0.5),
    p99Milliseconds: quantile(seen, 0.99),
    refused,
    generatorCpuShare: (used.user + used.system) / 1e6 / seconds,
  };
  console.log(JSON.stringify(answers));
}

function keepAsking(): Socket {
  const socket = connect({ port: load.port, host: '127.0.0.1', noDelay: true });
  let asked = 0;
  let received = '';
  const ask = () => {
    asked = performance.now();
    socket.write(requests[next++ % requests.length] as Buffer);
  };
  socket.setEncoding('latin1').on('connect', ask);
  socket.on('data', (text: string) => {
    received = received === '' ? text : received + text;
    if (!isWhole(received)) return;
    latencies.push(performance.now() - asked);
    if (!received.startsWith('HTTP/1.1 200')) refused++;
    received = '';
    ask();
  });
  socket.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  return socket;
}

/** Every answer here has a content-length. */
function isWhole(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n');
  if (head === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer)?.[1];
  return answer.length >= head + 4 + Number(length);
}

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

await main();
