import { asVisible } from '../../schemas/index.js';

/**
 * The only ways to the terminal, which obeys control characters: what is stored, what a server answers and what a file is
 * called may hold any. In JSON a character and its escape say the same.
 */
export const print = (text: string): void => console.log(asVisible(text));
export const printError = (text: string): void => console.error(asVisible(text));
