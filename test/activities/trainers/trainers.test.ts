import { trainers } from '../../../activities/adapters.js';
import type { Trainer } from '../../../activities/trainers/trainer.js';
import { describeTrainer } from '../../conformance/trainer.js';

for (const trainer of trainers) describeTrainer(trainer);

/** A team's own, as the documents show it. */
const { href } = new URL('../../fixtures/own-trainer.js', import.meta.url);
describeTrainer(((await import(href)) as { trainer: Trainer }).trainer);
