/**
 * Calls `listener(address, bytes)` after each request of a script. The bytes are as the browser
 * reckons them (Resource Timing): the body as it came, and 300 for the head of the answer.
 */
export function watchRequests(listener) {
  new PerformanceObserver((list) => {
    for (const { initiatorType, name, transferSize } of list.getEntries()) {
      if (['fetch', 'xmlhttprequest'].includes(initiatorType)) listener(new URL(name), transferSize);
    }
  }).observe({ type: 'resource' });
}
