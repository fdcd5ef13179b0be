/** Editing a product in its row. */

import { ProductForm } from './productform.js';
import { idOf, rows, takeOff, written } from './productrows.js';

const template = document.getElementById('product-editor').content.firstElementChild;

/** The open editors by the id of their product. */
export const editors = new Map();

/**
 * A form in the place of a row's text. Only the fields that were changed are sent, so that what another changes
 * meanwhile stands; a field that both change says so.
 */
export class Editor {
  #row;
  #stream;
  #form;
  #shown;
  #before;

  constructor(row, stream) {
    const form = template.cloneNode(true);
    // Several rows may be edited at a time.
    for (const name of ['id', 'for', 'aria-describedby']) {
      for (const part of form.querySelectorAll(`[${name}]`)) part.setAttribute(name, `${row.id}-${part.getAttribute(name)}`);
    }
    this.#row = row;
    this.#stream = stream;
    this.#form = new ProductForm(form);
    this.#shown = written(row);
    for (const [name, text] of Object.entries(this.#shown)) this.#form.write(name, text);
    // A form has its own idea of an end of line: what it says now is what counts as not changed.
    this.#before = this.#form.written;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#save();
    });
    form.querySelector('[data-action="cancel"]').addEventListener('click', () => this.#close());
    form.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape' && !this.#changed.length) this.#close();
    });
    editors.set(idOf(row), this);
    this.moveTo(row);
    this.#form.input('title').focus();
  }

  /** The list was loaded anew: what was typed goes on in the product's new row. */
  moveTo(row) {
    this.#row = row;
    row.classList.add('editing');
    row.append(this.#form.form);
  }

  get row() { return this.#row; }

  /** The product was changed by an event. */
  meanwhile() {
    const now = written(this.#row);
    const typed = this.#form.written;
    for (const [name, text] of Object.entries(now)) {
      if (text === this.#shown[name]) continue;
      const isTyped = typed[name] !== this.#before[name] && typed[name] !== text;
      this.#shown[name] = text;
      this.#before[name] = text;
      if (!isTyped) {
        this.#form.write(name, text);
        this.#before[name] = this.#form.written[name];
      } else if (!this.#form.isBusy) {
        this.#form.complain(name, `Meanwhile it was changed to: ${{ true: 'on sale', false: 'withdrawn' }[text] ?? text}`);
      }
    }
  }

  /** The product was deleted by an event. What was typed stays until it is closed. */
  gone() {
    this.#say('refusal', 'This product was deleted meanwhile. What you typed stays here until you close it.');
    this.#form.form.querySelector('[type="submit"]').hidden = true;
  }

  get #changed() {
    const typed = this.#form.written;
    return Object.keys(typed).filter((name) => typed[name] !== this.#before[name]);
  }

  async #save() {
    const form = this.#form;
    if (form.isBusy) return;
    form.clear();
    this.#say('refusal', '');
    if (!form.check()) return;
    const { fields } = form;
    const changes = Object.fromEntries(this.#changed.map((name) => [name, fields[name]]));
    if (Object.keys(changes).length === 0) {
      this.#close();
      return;
    }
    form.isBusy = true;
    if (this.#stream.state === 'offline') this.#say('said', 'Offline. It is sent when the connection is back.');
    try {
      await this.#stream.command('product.update', { id: idOf(this.#row), ...changes });
      this.#close();
    } catch (error) {
      this.#say('said', '');
      if (form.complain(error.field ?? '', error.message)) form.input(error.field).focus();
      else this.#say('refusal', error.message);
    } finally {
      form.isBusy = false;
    }
  }

  #close() {
    const id = idOf(this.#row);
    const hadFocus = this.#row.contains(document.activeElement);
    editors.delete(id);
    if (rows.get(id) !== this.#row) {
      takeOff(this.#row);
      return;
    }
    this.#form.form.remove();
    this.#row.classList.remove('editing');
    if (hadFocus) this.#row.querySelector('[data-action="edit"]').focus();
  }

  #say(role, text) { this.#form.form.querySelector(`[data-role="${role}"]`).textContent = text; }
}
