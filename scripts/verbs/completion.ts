import { argument } from '../cli/arguments.js';
import { completionOf, isShell, type OfferedVerb, shells } from '../cli/completion.js';
import { optionsOf } from '../cli/parse-arguments.js';
import { print } from '../cli/print.js';
import { Misunderstood, type Verb } from '../cli/verb.js';
import { verbs } from '../cli/verbs.js';

const usage = `completion <${shells.join(' | ')}>`;

export const verb: Verb = {
  name: 'completion',
  summary:
    'print what makes a shell complete our verbs and options, e.g. in ~/.bashrc: source <(npx temporal-mlops completion bash)',
  usage,
  async run(call) {
    const shell = argument(call, usage);
    if (!isShell(shell)) throw new Misunderstood(`"${shell}" is no shell that is known here: ${shells.join(', ')}.`);
    const script = completionOf(shell, await offered());
    print(call.json ? JSON.stringify({ shell, script }) : script);
    return 0;
  },
};

function offered(): Promise<OfferedVerb[]> {
  return Promise.all(
    Object.entries(verbs).map(async ([name, { summary, load }]) => {
      const options = Object.entries(optionsOf((await load()).verb)).map(([option, { words }]) => ({ option, words }));
      return { name, summary, options };
    }),
  );
}
