/** One way's panel and its line of the comparison: what came, what it cost, how long it took. */

import { showState } from '../connection.js';
import { size } from '../shown.js';
import { Continuity } from './continuity.js';
import { Latencies } from './latencies.js';
import { takePlace } from './place.js';

export class Panel {
  state = 'stopped';
  isRunning = false;
  #page;
  #element;
  #transport;
  #counts = { events: 0, requests: 0, connections: 0, received: 0, sent: 0 };
  #continuity;
  #latencies = new Latencies();
  #leave;

  /**
   * @param {string} way Its name in the page.
   * @param {object} page What is the same for all: `position`, `topic`, `sender`, and what is called:
   *   `onEvent(event)` for each new one, `onReset()`, `onState()`, and `onChange(panel)` when there is
   *   something to draw.
   */
  constructor(way, Transport, page) {
    this.#page = page;
    this.#element = document.getElementById(way);
    this.#continuity = new Continuity(Number(page.position.split(':')[1]), page.sender.page);
    this.#transport = new Transport({
      position: page.position,
      topic: page.topic,
      onEvent: (event) => this.#take(event),
      onState: (state, why) => this.isRunning && this.#enter(state, why),
      onReset: ({ head }) => {
        this.#continuity.reset(head);
        page.onReset();
      },
      onTraffic: (traffic) => this.count(traffic),
    });
    this.#find('[data-action="toggle"]').addEventListener('click', () => (this.isRunning ? this.stop() : this.start()));
  }

  get title() { return this.#find('h3').textContent; }

  /** For polling: milliseconds. */
  set interval(milliseconds) { this.#transport.interval = milliseconds; }

  async start() {
    if (this.isRunning) return;
    this.isRunning = true;
    this.#enter('catching-up');
    if ('holds' in this.#element.dataset) {
      const leave = await takePlace();
      // It may have been stopped meanwhile, and started again.
      if (!this.isRunning || this.#leave) return leave?.();
      if (!leave) return this.stop('Not started: four connections are held by windows of this page, and a browser opens six. Stop one there.');
      this.#leave = leave;
    }
    this.#transport.start();
  }

  stop(why) {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.#transport.stop();
    this.#leave?.();
    this.#leave = undefined;
    this.#enter('stopped', why);
  }

  /** Adds to what it cost. */
  count(traffic) {
    for (const [name, amount] of Object.entries(traffic)) this.#counts[name] += amount;
    this.#page.onChange(this);
  }

  draw() {
    const { received, sent } = this.#counts;
    const { gaps, repeats } = this.#continuity;
    const figures = { ...this.#counts, received: size(received), sent: size(sent), gaps, repeats, ...this.#latencies.figures };
    for (const place of document.querySelectorAll(`[data-way="${this.#element.id}"] [data-figure]`)) {
      place.textContent = figures[place.dataset.figure];
      place.classList.toggle('fault', figures[place.dataset.figure] > 0 && ['gaps', 'repeats'].includes(place.dataset.figure));
    }
    this.#latencies.draw(this.#find('.dots'));
  }

  #find(selector) { return this.#element.querySelector(selector); }

  #take(event) {
    const sentAt = this.#page.sender.sentAt(event);
    if (this.#continuity.take(event)) {
      this.#counts.events += 1;
      if (sentAt !== undefined) this.#latencies.add(performance.now() - sentAt);
      this.#page.onEvent(event);
    }
    this.#page.onChange(this);
  }

  #enter(state, why = '') {
    this.#find('[data-role="why"]').textContent = why;
    if (state === this.state) return;
    this.state = state;
    this.#find('[data-role="verb"]').textContent = this.isRunning ? 'Stop' : 'Start';
    showState(this.#find('.badge'), state);
    this.#page.onState();
  }
}
