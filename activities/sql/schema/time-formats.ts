/** How times are written that are of ISO 8601, or of a type of their own. Without a zone they are UTC. */
export const isoFormat = {
  plain: 'ISO 8601',
  zoned: 'ISO 8601 with a zone',
  mixed: 'ISO 8601, some with a zone',
} as const;
