import { main } from './cli/command-line.js';

/** Whoever read the output has left (`… | head`): the verb goes on and ends as it would, without a stack. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

void main(process.argv.slice(2));
