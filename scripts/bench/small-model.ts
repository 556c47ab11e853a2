import { writeFileSync } from 'node:fs';
import { seededRandom } from '../../statistics/random.js';

/** A trip as it is known when it begins, and its outcome. */
export interface Trip {
  readonly began: string;
  readonly distance: number;
  readonly city: string;
  readonly delay: number;
}

const cities = ['Oslo', 'Bergen', 'Tromsø', 'Bodø'];
const minutesApart = 20;

/** Trips every 20 minutes of 2024, late more often when long or in the north; the same at every run. */
export function trips(count: number, seed = 1): Trip[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const began = new Date(Date.UTC(2024, 0, 1) + i * minutesApart * 60_000).toISOString().slice(0, 19);
    const city = Math.floor(random() * cities.length);
    const distance = Math.round(random() * 1000);
    const delay = Math.round(distance / 50 + city * 4 - 8 + random() * 24);
    return { began: `${began}Z`, distance, city: cities[city] ?? '', delay };
  });
}

/** What is known of a trip when it begins: a request to the model. */
export const known = ({ began, distance, city }: Trip) => ({ began, distance, city });

export function writeTrips(path: string, rows: readonly Trip[]): void {
  const lines = rows.map((trip) => `${trip.began},${trip.distance},${trip.city},${trip.delay}`);
  writeFileSync(path, ['began,distance,city,delay', ...lines, ''].join('\n'));
}

/** How a small model is made of such a file, in about two seconds. */
export function smallRecipe(dataset: string, path: string) {
  return {
    collect: { dataset, sources: [{ name: 'trips', path }] },
    label: { rule: 'delay > 15', knownAt: 'began + to_minutes(60)', timeColumn: 'began' },
    train: { search: { trainers: ['baseline', 'linear'], trials: 2 }, maxRows: 1000 },
  };
}

/** A canary that is over at once, whatever traffic there is. */
export const smallCanary = { share: 0.5, duration: '500ms', minRequests: 0 };

/** A life that a test can live through in seconds: the challenger wins whenever it is another model. */
export function smallLife(model: string, paths: { first: string; later: string }) {
  return {
    model,
    recipe: smallRecipe(model, paths.first),
    deploy: { canary: smallCanary },
    monitor: { every: '1 day', policy: { minRows: 20 } },
    retrain: {
      recipe: smallRecipe(model, paths.later),
      challenger: { minImprovement: -10 },
      automatic: false,
    },
  };
}
