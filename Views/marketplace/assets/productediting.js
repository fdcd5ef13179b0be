/** Forms for products: the fields of a product, editing in a row of the list, and deletion with undo. */

import { FieldForm } from './fieldform.js';
import { idOf, removeRow, rows, rowValues } from './productrows.js';

const lines = (text) => text.split('\n').map((line) => line.trim()).filter(Boolean);

/** The form for a product. */
export class ProductForm extends FieldForm {
  /** The fields as a command contains them. */
  get fields() {
    const { title, code, price, stock, description, category, thumbnails, status } = this.form.elements;
    return {
      title: title.value.trim(),
      code: code.value.trim(),
      price: price.valueAsNumber,
      stock: stock.valueAsNumber,
      status: status.checked,
      description: description.value.trim(),
      category: category.value.trim(),
      thumbnails: lines(thumbnails.value),
    };
  }
}

// Editing

const editorTemplate = document.getElementById('product-editor').content.firstElementChild;

/** The open editors by the id of their product. */
export const editors = new Map();

/**
 * A form that replaces the text of a row. Only changed fields are sent, so that changes of other users to other
 * fields are kept; a field that another user changed too has a message.
 */
export class Editor {
  #row;
  #stream;
  #form;
  #shown;
  #before;

  constructor(row, stream) {
    const form = editorTemplate.cloneNode(true);
    // Several rows can be edited at the same time, so their ids must differ.
    for (const name of ['id', 'for', 'aria-describedby']) {
      for (const part of form.querySelectorAll(`[${name}]`)) part.setAttribute(name, `${row.id}-${part.getAttribute(name)}`);
    }
    this.#row = row;
    this.#stream = stream;
    this.#form = new ProductForm(form);
    this.#shown = rowValues(row);
    for (const [name, text] of Object.entries(this.#shown)) this.#form.setValue(name, text);
    // Forms normalize line ends, so the values of the form itself are the unchanged values.
    this.#before = this.#form.values;
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

  /** Moves the editor, with its text, to the new row of the product after the list was loaded again. */
  moveTo(row) {
    this.#row = row;
    row.classList.add('editing');
    row.append(this.#form.form);
  }

  get row() { return this.#row; }

  /** Call this when an event has changed the product. */
  productChanged() {
    const now = rowValues(this.#row);
    const typed = this.#form.values;
    for (const [name, text] of Object.entries(now)) {
      if (text === this.#shown[name]) continue;
      const isTyped = typed[name] !== this.#before[name] && typed[name] !== text;
      this.#shown[name] = text;
      this.#before[name] = text;
      if (!isTyped) {
        this.#form.setValue(name, text);
        this.#before[name] = this.#form.values[name];
      } else if (!this.#form.isBusy) {
        this.#form.showError(name, `Another user changed this to: ${{ true: 'for sale', false: 'not for sale' }[text] ?? text}`);
      }
    }
  }

  /** Call this when an event has deleted the product. The text stays until the visitor closes the editor. */
  productDeleted() {
    this.#show('error', 'This product was deleted. Your text stays here until you close the editor.');
    this.#form.form.querySelector('[type="submit"]').hidden = true;
  }

  get #changed() {
    const typed = this.#form.values;
    return Object.keys(typed).filter((name) => typed[name] !== this.#before[name]);
  }

  async #save() {
    const form = this.#form;
    if (form.isBusy) return;
    form.clearErrors();
    this.#show('error', '');
    if (!form.validate()) return;
    const { fields } = form;
    const changes = Object.fromEntries(this.#changed.map((name) => [name, fields[name]]));
    if (Object.keys(changes).length === 0) {
      this.#close();
      return;
    }
    form.isBusy = true;
    if (this.#stream.state === 'offline') this.#show('status', 'Offline. This will be sent when the connection is back.');
    try {
      await this.#stream.command('product.update', { id: idOf(this.#row), ...changes });
      this.#close();
    } catch (error) {
      this.#show('status', '');
      if (form.showError(error.field ?? '', error.message)) form.input(error.field).focus();
      else this.#show('error', error.message);
    } finally {
      form.isBusy = false;
    }
  }

  #close() {
    const id = idOf(this.#row);
    const hadFocus = this.#row.contains(document.activeElement);
    editors.delete(id);
    if (rows.get(id) !== this.#row) {
      removeRow(this.#row);
      return;
    }
    this.#form.form.remove();
    this.#row.classList.remove('editing');
    if (hadFocus) this.#row.querySelector('[data-action="edit"]').focus();
  }

  #show(role, text) { this.#form.form.querySelector(`[data-role="${role}"]`).textContent = text; }
}

// Deleting

/** How long a deletion can be undone, in milliseconds. */
const undoTime = 6000;

const undoTemplate = document.getElementById('product-undo').content.firstElementChild;
/** The deletions that can still be undone, by the id of their product. */
const waiting = new Map();

/**
 * A deletion that can be undone for a few seconds. The command is sent after that time: the log is append-only, so a
 * deletion that was sent could only be undone by creating a product with another id.
 */
export class Deletion {
  #row;
  #stream;
  #bar = undoTemplate.cloneNode(true);
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
    row.classList.add('deleting');
    undo.focus({ preventScroll: true });
    waiting.set(idOf(row), this);
    this.#timer = setTimeout(() => this.#send(), undoTime);
  }

  /** Undoes the deletion: the command is not sent. */
  cancel() {
    clearTimeout(this.#timer);
    waiting.delete(idOf(this.#row));
    this.#bar.remove();
    this.#row.classList.remove('deleting');
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

/** Undoes all deletions, because the list was loaded again and the ids may belong to other products. */
export function cancelDeletions() {
  for (const deletion of waiting.values()) deletion.cancel();
}

// Leaving the page does not undo a deletion: it is sent with a request that continues after the page is closed.
addEventListener('pagehide', () => {
  for (const [id, deletion] of waiting) {
    deletion.cancel();
    fetch(`/api/products/${id}`, { method: 'DELETE', keepalive: true });
  }
});
