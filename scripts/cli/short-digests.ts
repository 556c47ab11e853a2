/** 12 digits of each digest are enough to know it by. */
export const shortDigests = (text: string): string => text.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1');
