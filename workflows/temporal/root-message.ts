/** What went wrong at the bottom: Temporal wraps a failure in the activity and the workflow that it went through. */
export const rootMessage = (error: unknown): string =>
  error instanceof Error ? (error.cause instanceof Error ? rootMessage(error.cause) : error.message) : String(error);
