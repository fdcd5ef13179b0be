/** Work that many things ask for: done soon, one at a time and at most once an interval, and again if it was asked for meanwhile. */

/**
 * @param {number} interval Milliseconds from one beginning to the next.
 * @param {() => Promise<void>} work Tells of its own failures.
 * @returns {() => void} Asks for it.
 */
export function gathered(interval, work) {
  let isUnderWay = false;
  let isAskedFor = false;
  let last = -interval;
  return function soon() {
    isAskedFor = true;
    if (isUnderWay) return;
    isUnderWay = true;
    setTimeout(async () => {
      isAskedFor = false;
      last = performance.now();
      await work();
      isUnderWay = false;
      if (isAskedFor) soon();
    }, Math.max(0, last + interval - performance.now()));
  };
}
