/** Milliseconds before the next try: more with each failure, and left to chance, so that not all pages come at once. */
export const backoff = (failures) => Math.min(500 * 2 ** failures, 15_000) * (0.5 + Math.random() / 2);

/** Resolves after a time, or at once when `signal` is aborted. */
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
