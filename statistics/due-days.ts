/** A data day of a model in one environment, as the prediction log holds it. */
export interface LoggedDay {
  /** UTC, `2001-04-18` */
  readonly day: string;
  readonly rows: number;
  /** the fact that brought the newest of its predictions */
  readonly lastSeq: number;
  /** what the log held of it when it was last looked at; null before that */
  readonly judged: { readonly rows: number; readonly lastSeq: number } | null;
}

export interface DueDays {
  /** oldest first */
  readonly due: readonly string[];
  /** predictions that are in no window, on days that are over: too few to look at, or to look again */
  readonly leftOut: { readonly days: number; readonly rows: number };
}

/** A day that grew by so much since it was looked at is another day. */
const grownShare = 0.1;
/** A day with less of a typical day's predictions is a few stray event times, and no day of the model. */
const strayShare = 0.01;

/**
 * The days to look at now. A day is over when a prediction of a later day came into the log with its own newest one or
 * after it: the order of arrival counts and not the clock, so that a replay of last year is judged day by day, beside the
 * requests of today. A day that grows after it was looked at is due again, once it is over again: what was judged too
 * early, or without what a server held back, is judged anew.
 */
export function dueDays(days: readonly LoggedDay[], minRows: number): DueDays {
  const fewest = Math.min(minRows, strayShare * typicalRows(days));
  const due: string[] = [];
  const leftOut = { days: 0, rows: 0 };
  for (const day of overDays(days)) {
    const unseen = day.rows - (day.judged?.rows ?? 0);
    if (unseen <= 0) continue;
    if (isDue(day, fewest)) due.push(day.day);
    else {
      leftOut.days += 1;
      leftOut.rows += unseen;
    }
  }
  return { due, leftOut };
}

/** What is missing where no day is due, for a person who waits for one. */
export function whyNoneIsDue(days: readonly LoggedDay[]): string {
  if (days.length === 0) return 'No prediction is in the log yet.';
  const over = new Set(overDays(days));
  const open = days.findLast((day) => !over.has(day) && day.rows > (day.judged?.rows ?? 0));
  const nothing = 'No complete data day is left to look at';
  if (open === undefined) return `${nothing}: every day that is over was looked at.`;
  return `${nothing}: ${open.day} has ${open.rows} predictions so far, and is over once a later day has one.`;
}

function isDue({ rows, judged }: LoggedDay, fewest: number): boolean {
  return judged === null ? rows >= fewest : rows >= judged.rows * (1 + grownShare);
}

function overDays(days: readonly LoggedDay[]): LoggedDay[] {
  let later = Number.NEGATIVE_INFINITY;
  const over: LoggedDay[] = [];
  for (const day of days.toReversed()) {
    if (later >= day.lastSeq) over.push(day);
    later = Math.max(later, day.lastSeq);
  }
  return over.toReversed();
}

/** Half of all predictions lie on days of at least this size: thousands of stray days do not make a stray day typical. */
function typicalRows(days: readonly LoggedDay[]): number {
  const sizes = days.map(({ rows }) => rows).toSorted((a, b) => b - a);
  const half = sizes.reduce((sum, rows) => sum + rows, 0) / 2;
  let counted = 0;
  for (const rows of sizes) {
    counted += rows;
    if (counted >= half) return rows;
  }
  return 0;
}
