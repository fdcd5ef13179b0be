/**
 * Polling: request, wait, repeat.
 *
 * Only a position is kept between two requests. Even if a request failed, the next one returns exactly the events
 * after the last event that was passed to `onEvent`.
 */

import { backoff, pause } from './backoff.js';

/** Milliseconds to wait for a response, and the longest delay that the server can request with Retry-After. */
const longestWait = 60_000;

export class Polling {
  #options;
  #position;
  #interval = 1000;
  #ending;

  /**
   * @param {object} options The same for each transport: `position` (`logid:offset`, the last event of the page),
   *   `topic`, and callbacks: `onEvent(event)` in order; `onState(state, reason)` with `catching-up`, `live` or
   *   `offline`; `onReset({ head })` when the server has another log, before all events of that log;
   *   `onTraffic({ requests, connections, received, sent })` with any of these counts (bytes for the last two) since
   *   the last call.
   */
  constructor(options) {
    this.#options = options;
    this.#position = options.position;
  }

  /** Milliseconds between a response and the next request. */
  set interval(milliseconds) {
    this.#interval = milliseconds;
    if (!this.#ending) return;
    this.stop();
    this.start();
  }

  start() {
    this.#ending = new AbortController();
    this.#run(this.#ending.signal);
  }

  stop() {
    this.#ending?.abort();
    this.#ending = undefined;
  }

  /** The number of seconds for which the server may hold a request; see `LongPolling`. */
  waitFor() {}

  async #run(signal) {
    const { onState } = this.#options;
    let [failures, isLive] = [0, false];
    while (!signal.aborted) {
      let delay = 0;
      try {
        isLive = await this.#request(this.waitFor(isLive), signal);
        failures = 0;
        onState(isLive ? 'live' : 'catching-up');
        if (isLive) delay = this.#interval;
      } catch (error) {
        if (signal.aborted) return;
        isLive = false;
        onState('offline', error.retryAfter === undefined ? 'The server could not be reached.' : error.message);
        delay = Math.max(backoff(failures++), Math.min(error.retryAfter ?? 0, longestWait));
      }
      await pause(delay, signal);
    }
  }

  /** @returns {Promise<boolean>} Whether all events up to the head have been received. */
  async #request(wait, signal) {
    const { topic, onEvent, onReset, onTraffic } = this.#options;
    const query = new URLSearchParams({ after: this.#position, topics: topic });
    if (wait !== undefined) query.set('wait', wait);
    onTraffic({ requests: 1 });
    const { events, next, head, position, reset } = await get(`/api/events?${query}`, signal);
    if (reset) onReset(reset);
    for (const event of events) onEvent(event);
    this.#position = position;
    return next >= head;
  }
}

/** Long polling: the server holds each request until there is an event, and the next request follows at once. */
export class LongPolling extends Polling {
  constructor(options) {
    super(options);
    this.interval = 0;
  }

  /** The first request does not wait, so that the page soon knows whether there are events to catch up with. */
  waitFor(isLive) { return isLive ? 20 : 0; }
}

async function get(address, signal) {
  const answer = await fetch(address, { cache: 'no-store', signal: AbortSignal.any([signal, AbortSignal.timeout(longestWait)]) });
  if (answer.ok) return answer.json();
  const retryAfter = 1000 * answer.headers.get('Retry-After') || 0;
  throw Object.assign(new Error(`The server answered ${answer.status}.`), { retryAfter });
}
