import { fileURLToPath } from 'node:url';

/** The folder of the clone or package, from its sources and from dist alike. */
export const root = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../' : '../../../', import.meta.url));
