import { type Gate } from '../../schemas/approval.js';
import type { ServedVersion } from '../../schemas/endpoint.js';
import { escapeMarkdown } from '../../schemas/markdown.js';
import { workflowIds } from '../../schemas/names.js';

/*
 * What a person is asked, and the exact lines that answer.
 */

/** The exact CLI line that sends one signal with one JSON body. */
export function signalLine(workflowId: string, name: string, body: object): string {
  return `temporal workflow signal -w ${workflowId} --name ${name} -i '${JSON.stringify(body)}'`;
}

export function answerLines(model: string, gate: Pick<Gate, 'environment' | 'version'>): string[] {
  const body = { by: 'you@example.com', environment: gate.environment, version: gate.version };
  const id = workflowIds.lifecycle(model);
  return [signalLine(id, 'approve', body), signalLine(id, 'reject', { ...body, comment: 'why not' })];
}

/** The CLI line that takes a rollout on from its pause. */
export const resumeLine = (model: string, environment: string): string =>
  signalLine(workflowIds.lifecycle(model), 'resume', { by: 'you@example.com', environment });

/** The CLI line that ends a pause of the whole model. */
export const resumeModelLine = (model: string): string =>
  signalLine(workflowIds.lifecycle(model), 'resume', { by: 'you@example.com' });

/** As wide as the frame that shows it: a line that runs out of it looks as if it ended there. */
const folded = (line: string): string => line.replace(" -i '", " \\\n  -i '");

export const code = (...lines: string[]) => `\`\`\`\n${lines.map(folded).join('\n')}\n\`\`\``;

/** Both answers in one frame: who sees the one sees the other. */
export const answers = (model: string, gate: Pick<Gate, 'environment' | 'version'>): string[] => [
  'Answer: **approve** or **reject**',
  code(...answerLines(model, gate)),
];

/** What a deployment shows while it waits. */
export function approvalCard({ input, version, evidence }: Candidate): string[] {
  const gate = { environment: input.environment, version: version.version };
  return [
    `**${input.model}** version ${version.version} waits for approval to **${input.environment}**`,
    ...evidenceList(evidence),
    `model digest \`${version.modelDigest}\``,
    ...answers(input.model, gate),
  ];
}

/** What a deployment shows while it waits at a step. */
export function pauseCard({ input, version }: Omit<Candidate, 'evidence'>): string[] {
  const { model, environment } = input;
  return [
    `The rollout of **${model}** version ${version.version} to **${environment}** waits at a step`,
    'Take it on with:',
    code(resumeLine(model, environment)),
  ];
}

/** What a deployment shows that was approved and is not granted. */
export function heldCard({ input, state: { version } }: Held): string[] {
  return [
    `**${input.model}** version ${version.version} is approved for **${input.environment}**, and held: its model is paused, or the ledger does not have the approval yet`,
    'A pause ends with:',
    code(resumeModelLine(input.model)),
  ];
}

interface Held {
  readonly input: Candidate['input'];
  readonly state: { readonly version: ServedVersion };
}

interface Candidate {
  readonly input: { readonly model: string; readonly environment: string };
  readonly version: ServedVersion;
  readonly evidence: string[];
}

export const evidenceList = (evidence: string[]) =>
  evidence.length === 0 ? [] : [evidence.map((e) => `- ${escapeMarkdown(e)}`).join('\n')];
