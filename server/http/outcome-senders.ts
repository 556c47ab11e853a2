import { hasBearerToken } from './bearer-token.js';

/** Who may say what came true: a token, and the name that goes with it; null where the sender names himself. */
export interface OutcomeSender {
  readonly name: string | null;
  readonly token: string;
}

const named = /^([A-Za-z0-9@._-]{1,64}):(.+)$/;

/** `<token>`, or `<name>:<token>` of each sender, with commas between. Empty where nothing is set. */
export function outcomeSenders(setting: string | undefined): OutcomeSender[] {
  const entries = (setting ?? '').split(',').map((entry) => entry.trim());
  return entries.filter(Boolean).map((entry) => {
    const [, name = null, token = entry] = named.exec(entry) ?? [];
    return { name, token };
  });
}

export function senderOf(senders: readonly OutcomeSender[], authorization: string | undefined): OutcomeSender | null {
  return senders.find(({ token }) => hasBearerToken(authorization, token)) ?? null;
}
