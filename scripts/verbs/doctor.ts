import { temporalRemedy } from '../cli/connect.js';
import { print } from '../cli/print.js';
import type { Verb } from '../cli/verb.js';
import { checkBlobs } from '../doctor/blobs.js';
import { attempt, type Check } from '../doctor/check.js';
import { checkModelServer } from '../doctor/model-server.js';
import { checkPostgres } from '../doctor/postgres.js';
import { checkConfiguration, checkNode } from '../doctor/settings.js';
import { checkTemporal } from '../doctor/temporal.js';

interface Area {
  readonly name: string;
  readonly look: () => Promise<Check[]>;
  readonly remedy: string;
  /** says the same as the area "configuration" while that is wrong */
  readonly needsConfiguration?: boolean;
}

/** In the order in which they are best mended. */
const areas: Area[] = [
  { name: 'Node', look: checkNode, remedy: 'Install Node 20.19 or newer.' },
  {
    name: 'configuration',
    look: checkConfiguration,
    remedy: 'Set what is named, or start everything with "npm run dev".',
  },
  {
    name: 'Temporal',
    look: checkTemporal,
    remedy: temporalRemedy,
  },
  {
    name: 'Postgres',
    look: checkPostgres,
    remedy: 'Check DATABASE_URL, and that the server runs and lets this user in.',
    needsConfiguration: true,
  },
  {
    name: 'blobs',
    look: checkBlobs,
    remedy: 'Check BLOB_URL, AWS_* and the right to read and write there.',
    needsConfiguration: true,
  },
  {
    name: 'model server',
    look: checkModelServer,
    remedy: 'Check MODEL_SERVER_ADDRESS and MODEL_SERVER_TOKEN.',
    needsConfiguration: true,
  },
];

export const verb: Verb = {
  name: 'doctor',
  summary: 'check every connection and setting, and say how to mend what is wrong',
  usage: 'doctor',
  async run({ json }) {
    const found: Check[] = [];
    for (const { name, look, remedy, needsConfiguration = false } of areas) {
      if (needsConfiguration && isMisconfigured(found)) {
        if (!json) print(row('–', name, ['not looked at before the configuration is right']));
        continue;
      }
      const some = await attempt(name, remedy, look);
      found.push(...some);
      if (!json) for (const check of some) print(line(check));
    }
    const ok = found.every((check) => check.ok);
    if (json) print(JSON.stringify({ ok, checks: found }));
    return ok ? 0 : 1;
  },
};

const isMisconfigured = (found: readonly Check[]) => found.some((c) => c.name === 'configuration' && !c.ok);

function line({ name, ok, found, remedy }: Check): string {
  const lines = [...found.split('\n'), ...(remedy === null ? [] : `→ ${remedy}`.split('\n'))];
  const mark = ok ? (remedy === null ? '✓' : '–') : '✗';
  return row(mark, name, lines);
}

/** As wide as the longest name, so that what was found stands in one column. */
const nameWidth = 'search attributes'.length;

const row = (mark: string, name: string, [first = '', ...more]: readonly string[]) =>
  [`${mark} ${name.padEnd(nameWidth)}  ${first}`, ...more.map((text) => ' '.repeat(nameWidth + 4) + text)].join('\n');
