/** The real-time products page: follows the log from the offset at which the list was rendered. */

import { EventStream } from './live.js';

const find = (id) => document.getElementById(id);
const list = find('products');
const blank = find('product-row').content.firstElementChild;
const rows = new Map(Array.from(list.children, (row) => [Number(row.id.slice('product-'.length)), row]));

// Rows. They are clones of the server's own partial, filled by data-field as text, never as HTML.

const blankEntry = blank.querySelector('[data-field="version"]').getAttribute('href');
const blankPicture = blank.querySelector('img').getAttribute('src');

function fill(row, fields) {
  for (const part of row.querySelectorAll('[data-field]')) {
    const value = fields[part.dataset.field];
    if (value !== undefined) part.textContent = value;
  }
  row.querySelector('[data-field="version"]').href = blankEntry + fields.version;
  if (fields.thumbnails) row.querySelector('img').src = fields.thumbnails[0] ?? blankPicture;
  if (fields.status !== undefined) row.dataset.status = fields.status;
  if (fields.stock !== undefined) row.dataset.stock = fields.stock;
}

function makeRow(product) {
  const row = blank.cloneNode(true);
  row.id = `product-${product.id}`;
  fill(row, product);
  rows.set(product.id, row);
  return row;
}

function insert(product) {
  const row = makeRow(product);
  let before = list.lastElementChild;
  while (before && Number(before.id.slice('product-'.length)) > product.id) before = before.previousElementSibling;
  if (before) before.after(row);
  else list.prepend(row);
  return row;
}

function remove(id) {
  const row = rows.get(id);
  if (!row) return;
  if (row.contains(document.activeElement)) {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    (neighbour?.querySelector('[data-action="delete"]') ?? find('field-title')).focus();
  }
  row.remove();
  rows.delete(id);
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
      announce(`Changed: ${title}`);
    } else if (change.created) {
      mark(insert(change.fields));
      announce(`New: ${title}`);
    }
  }
  changes.clear();
  showTotals();
}

/** Two names for one animation: changing from one to the other starts it anew. */
function mark(row) {
  if (row.classList.contains('fresh')) row.classList.toggle('again');
  else row.classList.add('fresh');
}

function showTotals() {
  find('product-count').textContent = rows.size;
  find('live-offset').textContent = stream.offset;
  list.hidden = rows.size === 0;
  find('empty').hidden = !list.hidden;
}

// Announcements are gathered, so that a busy list does not talk without end.

let said = [];

function announce(text) {
  said.push(text);
  if (said.length > 1) return;
  setTimeout(() => {
    const others = said.length - 1;
    find('announcement').textContent = others ? `${said[others]}, and ${others} more` : said[0];
    said = [];
  }, 300);
}

// The log

const states = { live: 'Live', 'catching-up': 'Catching up', offline: 'Offline' };

function showState(state) {
  const badge = find('connection');
  const time = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  badge.textContent = state === 'offline' ? `Offline since ${time}` : states[state];
  badge.dataset.state = state;
  if (state === 'live') showTotals();
}

/** The log does not know our position (it was restored or replaced): the list is loaded anew. */
async function reload(reset) {
  const answer = await fetch('/api/products', { headers: { Accept: 'application/json' } });
  if (!answer.ok) throw new Error(`The products could not be loaded: ${answer.status}`);
  const { offset, products } = await answer.json();
  changes.clear();
  rows.clear();
  list.replaceChildren(...products.map(makeRow));
  return `${reset.position.split(':')[0]}:${offset}`;
}

const stream = new EventStream({
  position: list.dataset.position,
  topics: ['products'],
  onEvent: take,
  onState: showState,
  reload,
});

// The form

const form = find('create');
const button = find('create-button');
const inputs = Array.from(form.querySelectorAll('[name]'));

function product() {
  const { title, code, price, stock, description, category, thumbnails, status } = form.elements;
  const fields = {
    title: title.value.trim(),
    code: code.value.trim(),
    price: price.valueAsNumber,
    stock: stock.valueAsNumber,
    status: status.checked,
  };
  if (description.value.trim()) fields.description = description.value.trim();
  if (category.value.trim()) fields.category = category.value.trim();
  if (thumbnails.value.trim()) fields.thumbnails = [thumbnails.value.trim()];
  return fields;
}

function complain(name, message) {
  const place = form.querySelector(`[data-error-for="${CSS.escape(name)}"]`);
  const input = inputs.find((candidate) => candidate.name === name);
  if (!place || !input) return false;
  place.textContent = message;
  input.setAttribute('aria-invalid', 'true');
  if (find('more').contains(input)) find('more').open = true;
  return true;
}

function forgive(input) {
  input.removeAttribute('aria-invalid');
  form.querySelector(`[data-error-for="${input.name}"]`).textContent = '';
}

function clearMessages() {
  inputs.forEach(forgive);
  find('form-error').textContent = '';
  find('form-status').textContent = '';
}

/** While a command is under way the form holds what was typed: a refusal is mended, not retyped. */
function setBusy(busy) {
  form.setAttribute('aria-busy', busy);
  button.setAttribute('aria-disabled', busy);
  for (const input of inputs) input.readOnly = busy;
}

async function create() {
  if (form.getAttribute('aria-busy') === 'true') return;
  clearMessages();
  const wrong = inputs.filter((input) => !input.validity.valid);
  for (const input of wrong) complain(input.name, input.validationMessage);
  if (wrong.length) {
    wrong[0].focus();
    return;
  }
  setBusy(true);
  if (stream.state === 'offline') find('form-status').textContent = 'Offline. It is sent when the connection is back.';
  try {
    const offset = await stream.command('product.create', product());
    form.reset();
    find('form-status').textContent = `Entered at offset ${offset}.`;
    form.elements.title.focus();
  } catch (error) {
    find('form-status').textContent = '';
    if (complain(error.field ?? '', error.message)) form.elements[error.field].focus();
    else find('form-error').textContent = error.message;
  } finally {
    setBusy(false);
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  create();
});
form.addEventListener('input', ({ target }) => forgive(target));

// Deleting

list.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-action="delete"]');
  const row = button?.closest('.entry');
  if (!row || row.getAttribute('aria-busy') === 'true') return;
  const problem = row.querySelector('[data-role="problem"]');
  problem.hidden = true;
  row.setAttribute('aria-busy', 'true');
  try {
    await stream.command('product.delete', { id: Number(row.id.slice('product-'.length)) });
  } catch (error) {
    row.removeAttribute('aria-busy');
    problem.textContent = error.message;
    problem.hidden = false;
  }
});

form.querySelector('fieldset').disabled = false;
stream.open();
