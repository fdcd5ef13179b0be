/**
 * Server-Sent Events: one answer that never ends.
 *
 * A browser that was cut off comes back by itself and names the last `id` it had, a position. Only
 * when it was answered with an error it gives up, and a new stream is made here.
 */

import { backoff } from './backoff.js';
import { byteLength } from './bytes.js';

export class ServerSentEvents {
  #options;
  #position;
  #source;
  #timer;
  #failures = 0;

  /** @param {object} options See `Polling`. */
  constructor(options) {
    this.#options = options;
    this.#position = options.position;
  }

  start() {
    const { topic, onEvent, onState, onReset, onTraffic } = this.#options;
    const source = new EventSource(`/api/events?${new URLSearchParams({ after: this.#position, topics: topic })}`);
    const take = ({ data, lastEventId }) => {
      this.#position = lastEventId;
      onTraffic({ received: byteLength(data) + byteLength(lastEventId) });
      return JSON.parse(data);
    };
    this.#source = source;
    source.onopen = () => {
      onTraffic({ requests: 1, connections: 1 });
      onState('catching-up');
    };
    source.onmessage = (message) => onEvent(take(message));
    source.addEventListener('reset', (message) => onReset(take(message)));
    source.addEventListener('replayed', (message) => {
      take(message);
      this.#failures = 0;
      onState('live');
    });
    source.onerror = () => {
      onState('offline', 'There is no stream.');
      if (source.readyState === EventSource.CLOSED) this.#timer = setTimeout(() => this.start(), backoff(this.#failures++));
    };
  }

  stop() {
    clearTimeout(this.#timer);
    this.#source?.close();
  }
}
