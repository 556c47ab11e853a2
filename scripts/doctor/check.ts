import { explain } from '../cli/explain-error.js';

/** One thing that was looked at. `cure` says what to do; null where nothing is to be done. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  readonly cure: string | null;
}

export const good = (name: string, found: string, cure: string | null = null): Check => ({
  name,
  ok: true,
  found,
  cure,
});
export const bad = (name: string, found: string, cure: string): Check => ({ name, ok: false, found, cure });

/** An error is a finding too: its message says what is wrong. Where it ends with the cure, that is said once. */
export async function attempt(name: string, cure: string, look: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await look();
  } catch (error) {
    const { message } = explain(error);
    return [bad(name, message.endsWith(cure) ? message.slice(0, -cure.length).trimEnd() : message, cure)];
  }
}
