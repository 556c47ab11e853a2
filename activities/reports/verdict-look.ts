import { Verdict } from '../../schemas/index.js';

export interface VerdictLook {
  readonly look: 'good' | 'warn' | 'bad' | 'none';
  readonly text: string;
}

const looks: Readonly<Record<Verdict, VerdictLook>> = {
  healthy: { look: 'good', text: 'healthy' },
  drifted: { look: 'warn', text: 'drifted' },
  decayed: { look: 'bad', text: 'decayed' },
  tooFewRows: { look: 'none', text: 'too few rows' },
  nothingToLookAt: { look: 'none', text: 'nothing to look at' },
};

/** In words beside its colour; a verdict of another release as it is written. */
export function lookOf(verdict: string): VerdictLook {
  const known = Verdict.safeParse(verdict);
  return known.success ? looks[known.data] : { look: 'none', text: verdict };
}
