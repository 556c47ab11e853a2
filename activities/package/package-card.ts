import type { Digest } from '../../schemas/index.js';

/** The model card's place in a package. */
export const cardPath = 'model-card.md';

/** The card among the files of a version; undefined where it has none. */
export const cardOf = <F extends { readonly path: string; readonly digest: Digest }>(
  files: readonly F[],
): F | undefined => files.find(({ path }) => path === cardPath);
