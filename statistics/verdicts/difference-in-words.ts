/** By how much one of two is better than the other, with the ends of its 95 % interval; positive is better. */
export interface Difference {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The difference for a person: never "better by −0.01". What chance explains is said to be so: an interval of −0.005 to
 * +0.004 is "no clear difference (95 %: worse by 0.0050 to better by 0.0040)".
 */
export function differenceInWords({ difference, low, high }: Difference): string {
  if (difference === 0 && low === 0 && high === 0) return 'no difference';
  if (low > 0 || high < 0) return `${turned(difference)} (95 %: ${ends(low, high)})`;
  return `no clear difference (95 %: ${turned(low)} to ${turned(high)})`;
}

const turned = (value: number) => `${value < 0 ? 'worse' : 'better'} by ${Math.abs(value).toFixed(4)}`;

/** Both on one side: the smaller one first. */
const ends = (low: number, high: number) =>
  [Math.abs(low), Math.abs(high)]
    .toSorted((a, b) => a - b)
    .map((value) => value.toFixed(4))
    .join(' to ');
