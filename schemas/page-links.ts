/** Where people read in a browser what the stores hold; `base` is MLOPS_PAGES_URL. */
export interface PageLinks {
  /** the report of the window, the newest where it is null; of a whole day, that day is its name */
  report(model: string, environment: string, window: { readonly from: string; readonly to: string } | null): string;
  card(model: string, version: number): string;
}

/** Names are `[a-z0-9-]`, and days need no escape either: what is written stays readable. */
export function pageLinks(base: string): PageLinks {
  const at = base.endsWith('/') ? base.slice(0, -1) : base;
  return {
    report: (model, environment, window) =>
      `${at}/models/${model}/reports/${environment}${window === null ? '' : `/${windowName(window)}`}`,
    card: (model, version) => `${at}/models/${model}/versions/${version}`,
  };
}

function windowName({ from, to }: { readonly from: string; readonly to: string }): string {
  const isDay = /T00:00:00(\.0+)?Z$/.test(from) && Date.parse(to) - Date.parse(from) === 86_400_000;
  return isDay ? from.slice(0, 10) : `${from}/${to}`;
}
