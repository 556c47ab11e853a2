/** Where people read in a browser what the stores hold; `base` is MLOPS_PAGES_URL. */
export interface PageLinks {
  /** the report of the window that begins then: a day, or an instant */
  report(model: string, environment: string, from: string): string;
  card(model: string, version: number): string;
}

/** Names are `[a-z0-9-]`, and days need no escape either: what is written stays readable. */
export function pageLinks(base: string): PageLinks {
  const at = base.replace(/\/+$/, '');
  return {
    report: (model, environment, from) => `${at}/models/${model}/reports/${environment}/${from.slice(0, 10)}`,
    card: (model, version) => `${at}/models/${model}/versions/${version}`,
  };
}
