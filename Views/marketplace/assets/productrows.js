/** The list of products: rows that are clones of the server's own partial, filled by data-field as text, never as HTML. */

const list = document.getElementById('products');
const empty = document.getElementById('empty');
const template = document.getElementById('product-row');
const blank = template.content.firstElementChild;
const blankEntry = blank.querySelector('[data-field="version"]').getAttribute('href');
const blankPicture = blank.querySelector('img').getAttribute('src');
const blankEdit = blank.querySelector('[data-action="edit"]').getAttribute('href');

const { elsewhere } = template.dataset;
const imageOrigins = template.dataset.imageOrigins.split(' ');

/** Whether the page shows a picture: it is of this site or of an allowed origin. Its Content-Security-Policy blocks all others. */
function isShown(address) {
  if (!/^https?:/i.test(address)) return true;
  try {
    return imageOrigins.includes(new URL(address).origin);
  } catch {
    return false;
  }
}

export const idOf = (row) => Number(row.id.slice('product-'.length));

/** The rows that are products of the list, by id. A row of the page that is none any more is in no map. */
export const rows = new Map(Array.from(list.children, (row) => [idOf(row), row]));

export function fill(row, fields) {
  for (const part of row.querySelectorAll('[data-field]')) {
    const value = fields[part.dataset.field];
    if (value !== undefined) part.textContent = value;
  }
  row.querySelector('[data-field="version"]').href = blankEntry + fields.version;
  if (fields.thumbnails) {
    const picture = row.querySelector('img');
    const [first = blankPicture] = fields.thumbnails;
    const isElsewhere = !isShown(first);
    picture.src = isElsewhere ? elsewhere : first;
    picture.alt = isElsewhere ? 'A picture on another site, not loaded' : '';
    if (isElsewhere || fields.thumbnails.length > 1) picture.dataset.pictures = fields.thumbnails.join('\n');
    else delete picture.dataset.pictures;
  }
  if (fields.status !== undefined) row.dataset.status = fields.status;
  if (fields.stock !== undefined) row.dataset.stock = fields.stock;
}

/** What a row shows, each field as the text that its form would hold. */
export function written(row) {
  const text = (name) => row.querySelector(`[data-field="${name}"]`).textContent;
  const picture = row.querySelector('img');
  const source = picture.getAttribute('src');
  return {
    title: text('title'),
    code: text('code'),
    price: text('price'),
    stock: text('stock'),
    description: text('description'),
    category: text('category'),
    thumbnails: picture.dataset.pictures?.trimEnd() ?? (source === blankPicture ? '' : source),
    status: row.dataset.status ?? 'true',
  };
}

export function makeRow(product) {
  const row = blank.cloneNode(true);
  row.id = `product-${product.id}`;
  row.querySelector('[data-action="edit"]').href = blankEdit + product.id;
  fill(row, { status: true, stock: 0, ...product });
  rows.set(product.id, row);
  return row;
}

/** Says so when there is nothing on the list. */
export function showWhetherEmpty() {
  list.hidden = list.children.length === 0;
  empty.hidden = !list.hidden;
}

/** Puts a row where its id belongs. */
export function place(row) {
  let before = list.lastElementChild;
  while (before && idOf(before) > idOf(row)) before = before.previousElementSibling;
  if (before) before.after(row);
  else list.prepend(row);
  showWhetherEmpty();
}

/** Takes a row off the page; who was in it goes on at its neighbour. */
export function takeOff(row) {
  if (row.contains(document.activeElement)) {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    (neighbour?.querySelector('[data-action]') ?? document.getElementById('field-title')).focus();
  }
  row.remove();
  showWhetherEmpty();
}
