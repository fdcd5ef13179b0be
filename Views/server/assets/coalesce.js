/**
 * Combines many requests for the same work: it runs soon, once at a time and at most once per interval.
 * A request that comes during a run causes one more run.
 *
 * @param {number} interval Milliseconds between the starts of two runs.
 * @param {() => Promise<void>} work Handles its own errors.
 * @returns {() => void} Requests a run.
 */
export function coalesce(interval, work) {
  let isRunning = false;
  let isRequested = false;
  let lastStart = -interval;
  return function request() {
    isRequested = true;
    if (isRunning) return;
    isRunning = true;
    setTimeout(async () => {
      isRequested = false;
      lastStart = performance.now();
      await work();
      isRunning = false;
      if (isRequested) request();
    }, Math.max(0, lastStart + interval - performance.now()));
  };
}
