/**
 * Whether a request goes to the candidate: a stable hash of its id, so that retries of one id stay on one version, and
 * raising the share only adds requests. FNV-1a with murmur's finalizer, because FNV alone spreads counters badly.
 */
export function isCandidate(requestId: string, share: number): boolean {
  return spread(requestId) < share;
}

/** Uniform in [0, 1). */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}
