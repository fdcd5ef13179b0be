/**
 * Server-Sent Events: one response that does not end.
 *
 * After a lost connection the browser reconnects by itself and sends the last `id`, which is a position. Only after
 * an error response the browser gives up; then this class opens a new stream.
 */

import { backoff } from './backoff.js';
import { byteLength } from './measure.js';

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
      onState('offline', 'Not connected.');
      if (source.readyState === EventSource.CLOSED) this.#timer = setTimeout(() => this.start(), backoff(this.#failures++));
    };
  }

  stop() {
    clearTimeout(this.#timer);
    this.#source?.close();
  }
}
