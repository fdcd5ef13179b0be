/**
 * Appends events that are nobody's but this page's, one after the other, and numbers them.
 *
 * The id of an event is made of its number, which the next one gets only once this one is in the log.
 * So what was not answered is sent again without harm, and no number is left out.
 */

import { backoff, pause } from './backoff.js';

export const topic = 'transports';
const mostTries = 8;
const mostWaiting = 20;
/** Of so many events it is known when they were sent. */
const mostRemembered = 2000;

export class Sender {
  page = Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(36)).join('');
  /** How many are in the log, and how many wait. */
  count = 0;
  waiting = 0;
  #sent = new Map();
  #last = Promise.resolve();

  /** When an event was sent, on this page's clock; undefined for those of others, and those sent more than once. */
  sentAt({ id }) { return this.#sent.get(id); }

  /** @returns {Promise<number>} The offset at which it is durable. */
  async append() {
    if (this.waiting >= mostWaiting) throw new Error(`${mostWaiting} events wait for the server already.`);
    this.waiting += 1;
    const appended = this.#last.then(() => this.#append());
    this.#last = appended.catch(() => {});
    return appended.finally(() => (this.waiting -= 1));
  }

  async #append() {
    const number = this.count + 1;
    const id = `${this.page}-${number}`;
    const body = JSON.stringify({ topic, type: 'transports.tick', id, data: { number, page: this.page } });
    for (let tries = 0; tries < mostTries; tries += 1) {
      if (tries) await pause(backoff(tries - 1));
      this.#sent.set(id, this.#sent.has(id) ? undefined : performance.now());
      if (this.#sent.size > mostRemembered) this.#sent.delete(this.#sent.keys().next().value);
      const { status, offset, detail } = await post(body);
      if (status === 201) {
        this.count = number;
        return offset;
      }
      if (detail && status !== 503) throw new Error(detail);
    }
    throw new Error('The server did not answer. The next event is the same one again, so that it is in the log once.');
  }
}

/** What the server answered; nothing when it did not. */
async function post(body) {
  try {
    const answer = await fetch('/api/events', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    return { ...(await answer.json()), status: answer.status };
  } catch {
    return {};
  }
}
