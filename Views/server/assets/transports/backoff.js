/** Milliseconds before the next attempt: longer after each failure, and random, so that not all pages reconnect at once. */
export const backoff = (failures) => Math.min(500 * 2 ** failures, 15_000) * (0.5 + Math.random() / 2);

/** Resolves after a time, or immediately when `signal` is aborted. */
export function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
  });
}
