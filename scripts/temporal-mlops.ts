import { main } from './command-line.js';

void main(process.argv.slice(2));
