/**
 * Socket.IO: requests at first, then a WebSocket. The client reconnects by itself, and `EventStream`
 * keeps the position. The browser reports the size of the requests (`watchRequests`); this class counts the rest.
 */

import { EventStream } from '../live.js';
import { byteLength } from './measure.js';

export class SocketIO {
  #stream;
  #onTraffic;

  /** @param {object} options See `Polling`. */
  constructor({ topic, onTraffic, onState, ...options }) {
    this.#stream = new EventStream({ ...options, topics: [topic], onState });
    this.#onTraffic = onTraffic;
    const { manager } = this.#stream;
    manager.on('open', () => onTraffic({ connections: 1 }));
    manager.on('reconnect_attempt', () => queueMicrotask(() => this.#watch()));
    for (const event of ['close', 'error']) manager.on(event, () => onState('offline', 'Not connected.'));
  }

  start() {
    this.#stream.open();
    this.#watch();
  }

  stop() { this.#stream.close(); }

  /** Each attempt to connect creates a new engine. */
  #watch() {
    const { engine } = this.#stream.manager;
    engine.on('upgrade', () => this.#onTraffic({ requests: 1 }));
    engine.on('packetCreate', ({ data }) => this.#onTraffic({ sent: 1 + byteLength(data) }));
    engine.on('packet', ({ data }) => {
      if (engine.transport.name === 'websocket') this.#onTraffic({ received: 1 + byteLength(data) });
    });
  }
}
