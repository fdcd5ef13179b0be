/**
 * Appends numbered events of this page, one after the other.
 *
 * The id of an event contains its number, and a number is used again until its event is in the log. So an event
 * without an answer can be sent again without being stored twice, and no number is skipped.
 */

import { backoff, pause } from './backoff.js';

export const topic = 'transports';
const mostAttempts = 8;
const mostWaiting = 20;
/** The number of events whose send times are kept. */
const mostRemembered = 2000;

export class Sender {
  page = Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(36)).join('');
  /** The number of events in the log, and of events that wait to be sent. */
  count = 0;
  waiting = 0;
  #sent = new Map();
  #last = Promise.resolve();

  /** The time at which an event was sent; undefined for events of other pages and events that were sent more than once. */
  sentAt({ id }) { return this.#sent.get(id); }

  /** @returns {Promise<number>} The offset at which it is durable. */
  async append() {
    if (this.waiting >= mostWaiting) throw new Error(`${mostWaiting} events are already waiting for the server.`);
    this.waiting += 1;
    const appended = this.#last.then(() => this.#append());
    this.#last = appended.catch(() => {});
    return appended.finally(() => (this.waiting -= 1));
  }

  async #append() {
    const number = this.count + 1;
    const id = `${this.page}-${number}`;
    const body = JSON.stringify({ topic, type: 'transports.tick', id, data: { number, page: this.page } });
    for (let attempts = 0; attempts < mostAttempts; attempts += 1) {
      if (attempts) await pause(backoff(attempts - 1));
      this.#sent.set(id, this.#sent.has(id) ? undefined : performance.now());
      if (this.#sent.size > mostRemembered) this.#sent.delete(this.#sent.keys().next().value);
      const { status, offset, detail } = await post(body);
      if (status === 201) {
        this.count = number;
        return offset;
      }
      if (detail && status !== 503) throw new Error(detail);
    }
    throw new Error('The server did not answer. The next attempt sends the same event again, so it is stored once.');
  }
}

/** The answer of the server; an empty object without an answer. */
async function post(body) {
  try {
    const answer = await fetch('/api/events', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    return { ...(await answer.json()), status: answer.status };
  } catch {
    return {};
  }
}
