/**
 * Servers must not outlive the process that started them. They sit in process groups of their own, so neither Ctrl-C
 * nor our end reaches them by itself: whatever still runs when this process ends is told to stop here.
 */
const running = new Map<number, NodeJS.Signals>();
const deadlySignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function preventOrphan(pid: number, stopSignal: NodeJS.Signals): void {
  if (running.size === 0) watch();
  running.set(pid, stopSignal);
}

export function forgetOrphan(pid: number): void {
  running.delete(pid);
  if (running.size === 0) unwatch();
}

function watch(): void {
  process.on('exit', stopAll);
  for (const signal of deadlySignals) process.on(signal, endBySignal);
}

function unwatch(): void {
  process.off('exit', stopAll);
  for (const signal of deadlySignals) process.off(signal, endBySignal);
}

function stopAll(): void {
  for (const [pid, signal] of running) {
    try {
      process.kill(-pid, signal);
    } catch {
      // It ended by itself in this very moment, which is what was wanted.
    }
  }
}

/** A caller with a listener of its own is shutting down in order; without one, the signal's usual effect is kept. */
function endBySignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  stopAll();
  unwatch();
  process.kill(process.pid, signal);
}
