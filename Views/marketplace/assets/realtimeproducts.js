/** The real-time products page: follows the log from the offset at which the list was rendered. */

import { giveCommand } from './commandform.js';
import { showConnection } from './connection.js';
import { EventStream } from './live.js';
import { cancelAll, Deletion } from './productdeletion.js';
import { Editor, editors } from './producteditor.js';
import { ProductForm } from './productform.js';
import { fill, makeRow, place, rows, showWhetherEmpty, takeOff } from './productrows.js';
import { announce, mark } from './telling.js';

const find = (id) => document.getElementById(id);
const list = find('products');

function insert(product) {
  const row = makeRow(product);
  place(row);
  return row;
}

/** A row in which somebody writes stays until they close it. */
function remove(id) {
  const row = rows.get(id);
  if (!row) return;
  rows.delete(id);
  if (editors.has(id)) editors.get(id).gone();
  else takeOff(row);
}

// Events are folded into one change a product and drawn at most ten times a second, however many
// arrive: with thousands of rows it is the browser's own work a frame that counts.

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
  // Not by animation frames: a hidden page gets none, and what it has not drawn would pile up.
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
      fill(row, change.fields);
      mark(row);
      editors.get(id)?.meanwhile();
      announce(`Changed: ${title}`);
    } else if (change.created) {
      mark(insert(change.fields));
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

// The log

function showState(state) {
  showConnection(state);
  if (state === 'live') showTotals();
}

/** The log does not know our position (it was restored or replaced): the list is loaded anew. */
async function reload(reset) {
  const answer = await fetch('/api/products', { headers: { Accept: 'application/json' } });
  if (!answer.ok) throw new Error(`The products could not be loaded: ${answer.status}`);
  const { offset, products } = await answer.json();
  changes.clear();
  cancelAll();
  rows.clear();
  list.replaceChildren(...products.map(makeRow));
  for (const [id, editor] of editors) keep(id, editor);
  showWhetherEmpty();
  return `${reset.position.split(':')[0]}:${offset}`;
}

/** What somebody was typing survives: in the row that has the id now, or in its own. */
function keep(id, editor) {
  if (rows.has(id)) {
    editor.moveTo(rows.get(id));
    editor.meanwhile();
  } else {
    place(editor.row);
    editor.gone();
  }
}

const stream = new EventStream({
  position: list.dataset.position,
  topics: ['products'],
  onEvent: take,
  onState: showState,
  reload,
});

// The form

const form = new ProductForm(find('create'));

giveCommand(form, stream, {
  name: 'product.create',
  data: () => form.fields,
  done(offset) {
    form.form.reset();
    form.input('title').focus();
    return `Entered at offset ${offset}.`;
  },
});

// Editing and deleting

list.addEventListener('click', (event) => {
  const act = event.target.closest('[data-action="edit"], [data-action="delete"]');
  // A click that opens another window is the browser's.
  if (!act || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const row = act.closest('.entry');
  if (row.getAttribute('aria-busy') === 'true') return;
  if (act.dataset.action === 'edit') new Editor(row, stream);
  else new Deletion(row, stream);
});

stream.open();
