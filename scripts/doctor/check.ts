import { explain } from '../cli/explain-error.js';

/** One thing that was looked at. `remedy` says what to do; null where nothing is to be done. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  readonly remedy: string | null;
}

export const good = (name: string, found: string, remedy: string | null = null): Check => ({
  name,
  ok: true,
  found,
  remedy,
});
export const bad = (name: string, found: string, remedy: string): Check => ({ name, ok: false, found, remedy });

/** An error is a finding too: its message says what is wrong. Where it ends with the remedy, that is said once. */
export async function attempt(name: string, remedy: string, look: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await look();
  } catch (error) {
    const { message } = explain(error);
    return [bad(name, message.endsWith(remedy) ? message.slice(0, -remedy.length).trimEnd() : message, remedy)];
  }
}
