/** The newest latencies of a way, in milliseconds, and their chart. */

const mostSamples = 200;

export class Latencies {
  #samples = [];

  add(milliseconds) {
    this.#samples.push(milliseconds);
    if (this.#samples.length > mostSamples) this.#samples.shift();
  }

  /** In words: the newest one, and what half of them and 99 of 100 do not exceed. */
  get figures() {
    const sorted = this.#samples.toSorted((one, other) => one - other);
    const [median, p99] = [0.5, 0.99].map((part) => sorted[Math.ceil(part * sorted.length) - 1]);
    return { now: shown(this.#samples.at(-1)), median: shown(median), p99: shown(p99) };
  }

  /** A dot each, the newest at the right. One scale for all, logarithmic: a poll and a socket are worlds apart. */
  draw(path) {
    const start = mostSamples - this.#samples.length + 0.5;
    path.setAttribute('d', this.#samples.map((sample, index) => `M${start + index} ${level(sample)}h0`).join(''));
  }
}

/** From 1 ms at the bottom, 100, to 100 s at the top, 0. */
const level = (milliseconds) => Math.min(100, Math.max(0, 100 - 20 * Math.log10(milliseconds))).toFixed(1);

function shown(milliseconds) {
  if (milliseconds === undefined) return '–';
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 999.5 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
