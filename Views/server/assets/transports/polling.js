/**
 * Polling: ask, wait, ask again.
 *
 * A position is all that is kept between two requests. Whatever became of one, the next is answered
 * with exactly what came after the last event that was handed on.
 */

import { backoff, pause } from './backoff.js';

/** Milliseconds for an answer, and the most that a server may ask for with Retry-After. */
const patience = 60_000;

export class Polling {
  #options;
  #position;
  #interval = 1000;
  #ending;

  /**
   * @param {object} options The same for each way: `position` (`logid:offset`, what the page has),
   *   `topic`, and what is called: `onEvent(event)` in order; `onState(state, why)`, `catching-up`,
   *   `live` or `offline`; `onReset({ head })` when the log is another, all of which follows;
   *   `onTraffic({ requests, connections, received, sent })`, any of them, bytes and counts since the last call.
   */
  constructor(options) {
    this.#options = options;
    this.#position = options.position;
  }

  /** Milliseconds between an answer and the next request. */
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

  /** Seconds for which the server may keep a request; see `LongPolling`. */
  waitFor() {}

  async #run(signal) {
    const { onState } = this.#options;
    let [failures, isLive] = [0, false];
    while (!signal.aborted) {
      let rest = 0;
      try {
        isLive = await this.#ask(this.waitFor(isLive), signal);
        failures = 0;
        onState(isLive ? 'live' : 'catching-up');
        if (isLive) rest = this.#interval;
      } catch (error) {
        if (signal.aborted) return;
        isLive = false;
        onState('offline', error.retryAfter === undefined ? 'The server could not be reached.' : error.message);
        rest = Math.max(backoff(failures++), Math.min(error.retryAfter ?? 0, patience));
      }
      await pause(rest, signal);
    }
  }

  /** @returns Whether everything up to the head was handed on. */
  async #ask(wait, signal) {
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

async function get(address, signal) {
  const answer = await fetch(address, { cache: 'no-store', signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]) });
  if (answer.ok) return answer.json();
  const retryAfter = 1000 * answer.headers.get('Retry-After') || 0;
  throw Object.assign(new Error(`The server answered ${answer.status}.`), { retryAfter });
}
