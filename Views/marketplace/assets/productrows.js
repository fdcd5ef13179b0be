/** The list of products. Rows are clones of the server's partial, filled by data-field with text, never with HTML. */

const list = document.getElementById('products');
const empty = document.getElementById('empty');
const template = document.getElementById('product-row');
const blank = template.content.firstElementChild;
const blankEntry = blank.querySelector('[data-field="version"]').getAttribute('href');
const blankPicture = blank.querySelector('img').getAttribute('src');
const blankEdit = blank.querySelector('[data-action="edit"]').getAttribute('href');

const { elsewhere } = template.dataset;
const imageOrigins = template.dataset.imageOrigins.split(' ');

/** Whether the page shows a picture. The Content-Security-Policy allows pictures of this site and of some other origins. */
function isShown(address) {
  if (!/^https?:/i.test(address)) return true;
  try {
    return imageOrigins.includes(new URL(address).origin);
  } catch {
    return false;
  }
}

export const idOf = (row) => Number(row.id.slice('product-'.length));

/** The rows of the products by id, without the rows of deleted products that are still on the page. */
export const rows = new Map(Array.from(list.children, (row) => [idOf(row), row]));

export function fillRow(row, fields) {
  for (const part of row.querySelectorAll('[data-field]')) {
    const value = fields[part.dataset.field];
    if (value !== undefined) part.textContent = value;
  }
  row.querySelector('[data-field="version"]').href = blankEntry + fields.version;
  if (fields.thumbnails) {
    const picture = row.querySelector('img');
    const [first = blankPicture] = fields.thumbnails;
    const isExternal = !isShown(first);
    picture.src = isExternal ? elsewhere : first;
    picture.alt = isExternal ? 'A picture on another site, not loaded' : '';
    if (isExternal || fields.thumbnails.length > 1) picture.dataset.pictures = fields.thumbnails.join('\n');
    else delete picture.dataset.pictures;
  }
  if (fields.status !== undefined) row.dataset.status = fields.status;
  if (fields.stock !== undefined) row.dataset.stock = fields.stock;
}

/** The values of a row, each as the text of the form field. */
export function rowValues(row) {
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
  fillRow(row, { status: true, stock: 0, ...product });
  rows.set(product.id, row);
  return row;
}

/** Shows the list, or a note if the list is empty. */
export function updateEmptyNote() {
  list.hidden = list.children.length === 0;
  empty.hidden = !list.hidden;
}

/** Inserts a row in the order of the ids. */
export function insertRow(row) {
  let before = list.lastElementChild;
  while (before && idOf(before) > idOf(row)) before = before.previousElementSibling;
  if (before) before.after(row);
  else list.prepend(row);
  updateEmptyNote();
}

/** Removes a row from the page. If the row had the focus, a row next to it gets the focus. */
export function removeRow(row) {
  if (row.contains(document.activeElement)) {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    (neighbour?.querySelector('[data-action]') ?? document.getElementById('field-title')).focus();
  }
  row.remove();
  updateEmptyNote();
}
