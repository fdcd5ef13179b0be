/**
 * A place among the connections that pages like this hold open.
 *
 * Over HTTP/1.1 a browser opens six to a host, for all windows together: with more than four of them
 * held, other requests wait long. The browser gives a place back with its window. Beyond loopback
 * without TLS it has no locks, and nobody is held up.
 */

const mostPlaces = 4;

/** @returns {Promise<Function | undefined>} Gives the place back; undefined when there is none. */
export async function takePlace() {
  if (!navigator.locks) return () => {};
  for (let number = 1; number <= mostPlaces; number += 1) {
    // The lock is held for as long as a promise waits; what ends the waiting gives it back.
    const leave = await new Promise((resolve) => {
      navigator.locks.request(`transports-${number}`, { ifAvailable: true }, (lock) => (lock ? new Promise(resolve) : resolve()));
    });
    if (leave) return leave;
  }
}
