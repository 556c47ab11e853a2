import { matching } from './matching.js';

const fewestCharacters = 6;

/** A secret that cannot be guessed: 128 bits are 22 characters of base64, or 32 of hex. */
export const Token = matching(
  /^[A-Za-z0-9._~+/=-]{22,}$/,
  'must have at least 22 letters, digits or ._~+/=-: openssl rand -hex 32',
).refine((text) => text.length < 22 || new Set(text).size >= fewestCharacters, 'must be random: openssl rand -hex 32');
