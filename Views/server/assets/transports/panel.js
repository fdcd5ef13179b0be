/** The panel of a transport and its row in the comparison table: events, cost and latency. */

import { showState } from '../connection.js';
import { byteSize } from '../format.js';
import { Latencies, SequenceCheck } from './measure.js';

/** The number of connections that windows of this page hold together. */
const mostHeld = 4;

/**
 * Reserves one of the connections that windows of this page hold open.
 *
 * Over HTTP/1.1 a browser opens six connections to a host, for all windows together. If more than four of them are
 * held, other requests wait for a long time. The browser releases the locks of a window that is closed. Without TLS,
 * locks exist only on loopback addresses; elsewhere the number of connections is not limited.
 *
 * @returns {Promise<Function | undefined>} A function that releases the connection; undefined when none is free.
 */
async function reserveConnection() {
  if (!navigator.locks) return () => {};
  for (let number = 1; number <= mostHeld; number += 1) {
    // A lock is held until the promise that its callback returns resolves.
    const release = await new Promise((resolve) => {
      navigator.locks.request(`transports-${number}`, { ifAvailable: true }, (lock) => (lock ? new Promise(resolve) : resolve()));
    });
    if (release) return release;
  }
}

export class Panel {
  state = 'stopped';
  isRunning = false;
  #page;
  #element;
  #transport;
  #counts = { events: 0, requests: 0, connections: 0, received: 0, sent: 0 };
  #sequence;
  #latencies = new Latencies();
  #release;

  /**
   * @param {string} id The id of the panel's element.
   * @param {Function} Transport The class of the transport.
   * @param {object} page Shared by all panels: `position`, `topic`, `sender`, and callbacks: `onEvent(event)` for
   *   each new event, `onReset()`, `onState()`, and `onChange(panel)` when the panel must be drawn again.
   */
  constructor(id, Transport, page) {
    this.#page = page;
    this.#element = document.getElementById(id);
    this.#sequence = new SequenceCheck(Number(page.position.split(':')[1]), page.sender.page);
    this.#transport = new Transport({
      position: page.position,
      topic: page.topic,
      onEvent: (event) => this.#take(event),
      onState: (state, reason) => this.isRunning && this.#enter(state, reason),
      onReset: ({ head }) => {
        this.#sequence.reset(head);
        page.onReset();
      },
      onTraffic: (traffic) => this.count(traffic),
    });
    this.#find('[data-action="toggle"]').addEventListener('click', () => (this.isRunning ? this.stop() : this.start()));
  }

  get title() { return this.#find('h3').textContent; }

  /** The polling interval in milliseconds. */
  set interval(milliseconds) { this.#transport.interval = milliseconds; }

  async start() {
    if (this.isRunning) return;
    this.isRunning = true;
    this.#enter('catching-up');
    if ('holds' in this.#element.dataset) {
      const release = await reserveConnection();
      // While this waited, the panel may have been stopped, and started again.
      if (!this.isRunning || this.#release) return release?.();
      if (!release) return this.stop('Not started: windows of this page already hold four connections, and a browser opens six to a host. Stop one in another window.');
      this.#release = release;
    }
    this.#transport.start();
  }

  stop(reason) {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.#transport.stop();
    this.#release?.();
    this.#release = undefined;
    this.#enter('stopped', reason);
  }

  /** Adds to the counters. */
  count(traffic) {
    for (const [name, amount] of Object.entries(traffic)) this.#counts[name] += amount;
    this.#page.onChange(this);
  }

  draw() {
    const { received, sent } = this.#counts;
    const { gaps, repeats } = this.#sequence;
    const figures = { ...this.#counts, received: byteSize(received), sent: byteSize(sent), gaps, repeats, ...this.#latencies.figures };
    for (const element of document.querySelectorAll(`[data-way="${this.#element.id}"] [data-figure]`)) {
      element.textContent = figures[element.dataset.figure];
      element.classList.toggle('fault', figures[element.dataset.figure] > 0 && ['gaps', 'repeats'].includes(element.dataset.figure));
    }
    this.#latencies.draw(this.#find('.dots'));
  }

  #find(selector) { return this.#element.querySelector(selector); }

  #take(event) {
    const sentAt = this.#page.sender.sentAt(event);
    if (this.#sequence.take(event)) {
      this.#counts.events += 1;
      if (sentAt !== undefined) this.#latencies.add(performance.now() - sentAt);
      this.#page.onEvent(event);
    }
    this.#page.onChange(this);
  }

  #enter(state, reason = '') {
    this.#find('[data-role="reason"]').textContent = reason;
    if (state === this.state) return;
    this.state = state;
    this.#find('[data-role="verb"]').textContent = this.isRunning ? 'Stop' : 'Start';
    showState(this.#find('.badge'), state);
    this.#page.onState();
  }
}
