/** Measurements of a transport: missing and repeated events, latencies, and traffic. */

/** The number of pages for which the last event number is kept. */
const mostPages = 100;

/**
 * Counts gaps and repeats in a stream of events.
 *
 * An event whose offset is not greater than the last offset is a repeat. Each page numbers the events
 * that it appends, so a missing number is a gap.
 */
export class SequenceCheck {
  gaps = 0;
  repeats = 0;
  #offset;
  #numbers;
  /** The numbers of events up to this offset are not checked. */
  #unnumbered = 0;

  /**
   * @param {number} offset The last offset before the stream.
   * @param {string} page A page that has not appended anything yet.
   */
  constructor(offset, page) {
    this.#offset = offset;
    this.#numbers = new Map([[page, 0]]);
  }

  /** @returns {boolean} Whether the event is new. */
  take({ offset, data }) {
    if (offset <= this.#offset) {
      this.repeats += 1;
      return false;
    }
    this.#offset = offset;
    if (offset > this.#unnumbered) this.#checkNumber(data ?? {});
    return true;
  }

  /** Starts again with another log, which may lack the newest events of the log before it. */
  reset(head) {
    this.#offset = 0;
    this.#unnumbered = head;
    this.#numbers.clear();
  }

  #checkNumber({ page, number }) {
    // Everybody can append any data to the topic.
    if (typeof page !== 'string' || !Number.isSafeInteger(number)) return;
    const last = this.#numbers.get(page) ?? number - 1;
    if (number > last) this.gaps += number - last - 1;
    else this.repeats += 1;
    this.#numbers.delete(page);
    this.#numbers.set(page, number);
    if (this.#numbers.size > mostPages) this.#numbers.delete(this.#numbers.keys().next().value);
  }
}

const mostSamples = 200;

/** The newest latencies of a transport, in milliseconds, and their chart. */
export class Latencies {
  #samples = [];

  add(milliseconds) {
    this.#samples.push(milliseconds);
    if (this.#samples.length > mostSamples) this.#samples.shift();
  }

  /** The latest latency, the median and the 99th percentile, as texts. */
  get figures() {
    const sorted = this.#samples.toSorted((one, other) => one - other);
    const [median, p99] = [0.5, 0.99].map((part) => sorted[Math.ceil(part * sorted.length) - 1]);
    return { now: duration(this.#samples.at(-1)), median: duration(median), p99: duration(p99) };
  }

  /** Draws a dot for each latency, the newest at the right. All charts have the same logarithmic scale. */
  draw(path) {
    const start = mostSamples - this.#samples.length + 0.5;
    path.setAttribute('d', this.#samples.map((sample, index) => `M${start + index} ${level(sample)}h0`).join(''));
  }
}

/** From 100 for 1 ms, at the bottom, to 0 for 100 s, at the top. */
const level = (milliseconds) => Math.min(100, Math.max(0, 100 - 20 * Math.log10(milliseconds))).toFixed(1);

function duration(milliseconds) {
  if (milliseconds === undefined) return '–';
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 999.5 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** The number of bytes that data take in transit: text is sent as UTF-8. */
export const byteLength = (data = '') => data.byteLength ?? new TextEncoder().encode(data).length;

/**
 * Calls `listener(address, bytes)` after each request of a script, with the size of the response as the browser
 * reports it (Resource Timing): the body as transferred, and 300 bytes for the header.
 */
export function watchRequests(listener) {
  new PerformanceObserver((list) => {
    for (const { initiatorType, name, transferSize } of list.getEntries()) {
      if (['fetch', 'xmlhttprequest'].includes(initiatorType)) listener(new URL(name), transferSize);
    }
  }).observe({ type: 'resource' });
}
