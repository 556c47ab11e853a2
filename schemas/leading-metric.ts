/** What people ask for first of a model's quality, by its task. */
const leading = [
  ['rocAuc', 'ROC AUC'],
  ['rmse', 'RMSE'],
] as const;

export interface LeadingMetric {
  /** as people write it */
  readonly name: (typeof leading)[number][1];
  readonly value: number;
}

/** Of the metrics that were told the first that was measured; null where none was. */
export function leadingMetric(told: Readonly<Record<string, number | null>> | null): LeadingMetric | null {
  for (const [key, name] of leading) {
    const value = told?.[key];
    if (typeof value === 'number') return { name, value };
  }
  return null;
}
