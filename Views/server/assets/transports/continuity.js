/**
 * Holds a stream to what the log promises. An event whose offset is not beyond the last one is a
 * repeat. Each page numbers what it appends: a number left out is a gap.
 */

/** Of how many pages the last number is kept. */
const mostPages = 100;

export class Continuity {
  gaps = 0;
  repeats = 0;
  #offset;
  #numbers;
  /** The numbers of events up to here do not count. */
  #unnumbered = 0;

  /** @param {string} page One that has appended nothing yet. */
  constructor(offset, page) {
    this.#offset = offset;
    this.#numbers = new Map([[page, 0]]);
  }

  /** @returns Whether the event is a new one. */
  take({ offset, data }) {
    if (offset <= this.#offset) {
      this.repeats += 1;
      return false;
    }
    this.#offset = offset;
    if (offset > this.#unnumbered) this.#number(data ?? {});
    return true;
  }

  /** All begins anew, in a log that may lack what the one before had last. */
  reset(head) {
    this.#offset = 0;
    this.#unnumbered = head;
    this.#numbers.clear();
  }

  #number({ page, number }) {
    // Anybody may append to the topic, and what they like.
    if (typeof page !== 'string' || !Number.isSafeInteger(number)) return;
    const last = this.#numbers.get(page) ?? number - 1;
    if (number > last) this.gaps += number - last - 1;
    else this.repeats += 1;
    this.#numbers.delete(page);
    this.#numbers.set(page, number);
    if (this.#numbers.size > mostPages) this.#numbers.delete(this.#numbers.keys().next().value);
  }
}
