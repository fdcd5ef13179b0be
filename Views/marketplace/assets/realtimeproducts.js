/** The page of real-time products: follows the log from the offset at which the list was rendered. */

import { announce, highlight } from './announcer.js';
import { sendOnSubmit } from './commandform.js';
import { showConnection } from './connection.js';
import { EventStream } from './live.js';
import { cancelDeletions, Deletion, Editor, editors, ProductForm } from './productediting.js';
import { fillRow, insertRow, makeRow, removeRow, rows, updateEmptyNote } from './productrows.js';

const find = (id) => document.getElementById(id);
const list = find('products');

function insert(product) {
  const row = makeRow(product);
  insertRow(row);
  return row;
}

/** Removes the row of a product. A row with an open editor stays until the visitor closes the editor. */
function remove(id) {
  const row = rows.get(id);
  if (!row) return;
  rows.delete(id);
  if (editors.has(id)) editors.get(id).productDeleted();
  else removeRow(row);
}

// The events of a product are combined into one change, and changes are drawn at most ten times a second: with
// thousands of rows each drawing is expensive for the browser.

const drawInterval = 100;
const changes = new Map();
let drawing = false;
let lastDraw = 0;

function take(event) {
  const { data, offset } = event;
  const fields = { ...data, version: offset };
  if (event.type === 'product.created') {
    changes.set(data.id, { created: true, fields });
  } else if (event.type === 'product.updated') {
    const change = changes.get(data.id);
    changes.set(data.id, { ...change, fields: { ...change?.fields, ...fields } });
  } else if (event.type === 'product.deleted') {
    changes.set(data.id, { deleted: true, title: changes.get(data.id)?.fields?.title });
  }
  if (drawing) return;
  drawing = true;
  // A timer is used because a hidden page gets no animation frames, and its changes would accumulate.
  setTimeout(draw, Math.max(0, lastDraw + drawInterval - performance.now()));
}

function draw() {
  drawing = false;
  lastDraw = performance.now();
  for (const [id, change] of changes) {
    const row = rows.get(id);
    const title = change.fields?.title ?? change.title ?? row?.querySelector('h2').textContent ?? `Product ${id}`;
    if (change.deleted) {
      remove(id);
      announce(`Deleted: ${title}`);
    } else if (row) {
      fillRow(row, change.fields);
      highlight(row);
      editors.get(id)?.productChanged();
      announce(`Changed: ${title}`);
    } else if (change.created) {
      highlight(insert(change.fields));
      announce(`New: ${title}`);
    }
  }
  changes.clear();
  showTotals();
}

function showTotals() {
  find('product-count').textContent = rows.size;
  find('live-offset').textContent = stream.offset;
}

// The connection

function showState(state) {
  showConnection(state);
  if (state === 'live') showTotals();
}

/** Loads the list again, because the log was restored or replaced and the position is unknown. */
async function reload(reset) {
  const answer = await fetch('/api/products', { headers: { Accept: 'application/json' } });
  if (!answer.ok) throw new Error(`The products could not be loaded: ${answer.status}`);
  const { offset, products } = await answer.json();
  changes.clear();
  cancelDeletions();
  rows.clear();
  list.replaceChildren(...products.map(makeRow));
  for (const [id, editor] of editors) keep(id, editor);
  updateEmptyNote();
  return `${reset.position.split(':')[0]}:${offset}`;
}

/** Keeps an open editor: in the new row of the same id, or in its old row. */
function keep(id, editor) {
  if (rows.has(id)) {
    editor.moveTo(rows.get(id));
    editor.productChanged();
  } else {
    insertRow(editor.row);
    editor.productDeleted();
  }
}

const stream = new EventStream({
  position: list.dataset.position,
  topics: ['products'],
  onEvent: take,
  onState: showState,
  reload,
});

// The form for a new product

const form = new ProductForm(find('create'));

sendOnSubmit(form, stream, {
  name: 'product.create',
  data: () => form.fields,
  done(offset) {
    form.form.reset();
    form.input('title').focus();
    return `Created at offset ${offset}.`;
  },
});

// Editing and deleting

list.addEventListener('click', (event) => {
  const control = event.target.closest('[data-action="edit"], [data-action="delete"]');
  // The browser handles clicks that open another window.
  if (!control || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const row = control.closest('.entry');
  if (row.getAttribute('aria-busy') === 'true') return;
  if (control.dataset.action === 'edit') new Editor(row, stream);
  else new Deletion(row, stream);
});

stream.open();
