/** Deleting a product, with a few seconds to think better of it. */

import { idOf } from './productrows.js';

/** How long a deletion can be undone, in milliseconds. */
const respite = 6000;

const template = document.getElementById('product-undo').content.firstElementChild;
const waiting = new Map();

/**
 * The command is sent when the time is over, so that undoing leaves no trace: what was sent could only be made good
 * by a product of another id, since the log is never rewritten.
 */
export class Deletion {
  #row;
  #stream;
  #bar = template.cloneNode(true);
  #timer;

  constructor(row, stream) {
    this.#row = row;
    this.#stream = stream;
    this.#bar.querySelector('[data-role="title"]').textContent = row.querySelector('h2').textContent;
    const undo = this.#bar.querySelector('[data-action="undo"]');
    undo.addEventListener('click', () => {
      this.cancel();
      row.querySelector('[data-action="delete"]').focus();
    });
    row.querySelector('[data-role="problem"]').hidden = true;
    row.append(this.#bar);
    row.classList.add('leaving');
    undo.focus({ preventScroll: true });
    waiting.set(idOf(row), this);
    this.#timer = setTimeout(() => this.#send(), respite);
  }

  /** Nothing was sent, and nothing will be. */
  cancel() {
    clearTimeout(this.#timer);
    waiting.delete(idOf(this.#row));
    this.#bar.remove();
    this.#row.classList.remove('leaving');
  }

  async #send() {
    const row = this.#row;
    const hadFocus = this.#bar.contains(document.activeElement);
    waiting.delete(idOf(row));
    this.#bar.querySelector('[data-action="undo"]').remove();
    row.setAttribute('aria-busy', 'true');
    if (hadFocus) (row.nextElementSibling ?? row.previousElementSibling)?.querySelector('[data-action]')?.focus({ preventScroll: true });
    try {
      await this.#stream.command('product.delete', { id: idOf(row) });
    } catch (error) {
      this.cancel();
      row.removeAttribute('aria-busy');
      const problem = row.querySelector('[data-role="problem"]');
      problem.textContent = error.message;
      problem.hidden = false;
    }
  }
}

/** The list was loaded anew: what was to go may be another product now. */
export function cancelAll() {
  for (const deletion of waiting.values()) deletion.cancel();
}

// Who leaves the page does not undo: what waits is sent by a request that outlives it.
addEventListener('pagehide', () => {
  for (const [id, deletion] of waiting) {
    deletion.cancel();
    fetch(`/api/products/${id}`, { method: 'DELETE', keepalive: true });
  }
});
