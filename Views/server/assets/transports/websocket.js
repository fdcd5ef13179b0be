/** A plain WebSocket: each message is an event as JSON. Browsers do not reconnect a WebSocket, so this class does. */

import { backoff } from './backoff.js';
import { byteLength } from './measure.js';

export class PlainWebSocket {
  #options;
  #position;
  #socket;
  #timer;
  #failures = 0;

  /** @param {object} options See `Polling`. */
  constructor(options) {
    this.#options = options;
    this.#position = options.position;
  }

  start() {
    const { topic, onState, onTraffic } = this.#options;
    const query = new URLSearchParams({ after: this.#position, topics: topic });
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/api/events?${query}`);
    this.#socket = socket;
    socket.onopen = () => {
      onTraffic({ requests: 1, connections: 1 });
      onState('catching-up');
    };
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = () => {
      onState('offline', 'Not connected.');
      this.#timer = setTimeout(() => this.start(), backoff(this.#failures++));
    };
  }

  stop() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    // To close a WebSocket that is still connecting would write an error to the console.
    socket.onopen = () => socket.close();
    if (socket.readyState !== WebSocket.CONNECTING) socket.close();
  }

  #take(text) {
    const { onEvent, onState, onReset, onTraffic } = this.#options;
    const message = JSON.parse(text);
    onTraffic({ received: byteLength(text) });
    // Only an event has a topic.
    this.#position = message.topic ? `${this.#position.split(':')[0]}:${message.offset}` : message.position;
    if (message.topic) onEvent(message);
    else if (message.type === 'reset') onReset(message);
    else if (message.type === 'replayed') {
      this.#failures = 0;
      onState('live');
    }
  }
}
