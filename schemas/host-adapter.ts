import { matching } from './matching.js';

/** The word by which an input asks for an adapter that a host brings; `example` is one of ours. */
export const adapterWord = (example: string) =>
  matching(/^[a-z][A-Za-z0-9-]{0,31}$/, `must be a word like "${example}"`);

/** How a union's branch for hosts refuses a word of ours, so that the complaint is that of our own branch. */
export const isOtherKind = { abort: true, params: { isOtherKind: true } } as const;
