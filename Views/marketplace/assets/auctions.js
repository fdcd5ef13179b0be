/** The list of auctions: follows the log from the offset at which the page was rendered. */

import { announce, highlight } from './announcer.js';
import { fetchServerTime, isBid, showCountdowns, units } from './bidding.js';
import { coalesce } from './coalesce.js';
import { sendOnSubmit } from './commandform.js';
import { showConnection } from './connection.js';
import { FieldForm } from './fieldform.js';
import { counted, escaped, fetchPart } from './format.js';
import { EventStream } from './live.js';

const find = (id) => document.getElementById(id);

// A bid changes its row immediately. The rows and their order come from the server: the page fetches them when an
// auction was opened or closed or when a product changed, at most once per second.

/** The newest bid of each row since the page was rendered; a fetched row may be older. */
const bids = new Map();

function takeBid(event) {
  const { offset, data } = event;
  const auction = Number(data?.auction);
  const row = document.querySelector(`#open > #auction-${auction}`);
  if (!row || offset <= Number(row.dataset.version)) return;
  // The first bid must reach the starting price, later bids must be one step higher than the bid before.
  const price = units(row.querySelector('[data-field="price"]').textContent);
  const { bids: count, closes, step } = row.dataset;
  if (!isBid(event, { auction, closes, least: count === '0' ? price : price + units(step) })) return;
  const bid = { offset, amount: data.amount, bidder: escaped(data.bidder), count: Number(row.dataset.bids) + 1 };
  bids.set(data.auction, bid);
  fill(row, bid);
  highlight(row);
  announce(`${bid.bidder} bids ${bid.amount} for ${row.querySelector('h2').textContent}`);
}

function fill(row, { offset, amount, bidder, count }) {
  const field = (name) => row.querySelector(`[data-field="${name}"]`);
  row.dataset.version = offset;
  row.dataset.bids = count;
  field('version').textContent = offset;
  field('version').href = `/log/${offset}`;
  field('price').textContent = amount;
  field('bids').textContent = counted(count, 'bid');
  field('bidder').textContent = bidder;
  row.querySelector('[data-role="bidder"]').hidden = false;
}

/** Whether the last request for the list failed. */
let isOutdated = false;

const updateList = coalesce(1_000, async () => {
  try {
    show(await fetchPart(location.pathname + location.search, '#main'));
    isOutdated = false;
  } catch {
    // The old list stays until a request succeeds.
    isOutdated = true;
    if (stream.state === 'live') updateList();
  }
});

/** @returns {string} The position at which the list was rendered. */
function show(main) {
  const fresh = (id) => main.querySelector(`#${id}`);
  const known = new Set(Array.from(document.querySelectorAll('#auctions .entry'), (row) => row.id));
  const focused = document.activeElement.closest('#auctions .entry')?.id;
  for (const id of ['open-count', 'closed-count']) find(id).textContent = fresh(id).textContent;
  const { position } = fresh('auctions').dataset;
  find('auctions').replaceChildren(...fresh('auctions').childNodes);
  for (const row of document.querySelectorAll('#auctions .entry')) {
    const bid = bids.get(Number(row.id.slice('auction-'.length)));
    if (bid?.offset > Number(row.dataset.version)) fill(row, bid);
    if (!known.has(row.id)) highlight(row);
  }
  for (const id of bids.keys()) if (!find(`auction-${id}`)) bids.delete(id);
  if (focused) (find(focused) ?? find('auctions')).querySelector('h2 a')?.focus();
  showCountdowns();
  updateProducts(fresh('field-product'));
  return position;
}

/** Updates the products to choose from. The chosen product stays chosen while it is available. */
function updateProducts(field) {
  const own = find('field-product');
  const values = (select) => Array.from(select.options, (option) => option.value + option.text).join('\n');
  if (own.tagName !== 'SELECT' || field.tagName !== 'SELECT' || values(own) === values(field)) return;
  const chosen = own.value;
  own.replaceChildren(...field.children);
  own.value = chosen;
  if (own.selectedIndex < 0) own.value = '';
}

// The connection

function take(event) {
  find('live-offset').textContent = event.offset;
  if (event.type === 'bid.placed') {
    takeBid(event);
    return;
  }
  const auction = Number(event.data?.auction);
  if (event.type === 'auction.opened') announce(`Auction ${auction} was opened`);
  if (event.type === 'auction.closed') announce(`Auction ${auction} was closed`);
  updateList();
}

const stream = new EventStream({
  position: find('auctions').dataset.position,
  topics: ['auctions/**', 'products'],
  onEvent: take,
  onState(state) {
    showConnection(state);
    if (state !== 'live') return;
    find('live-offset').textContent = stream.offset;
    fetchServerTime();
    if (isOutdated) updateList();
  },
  /** The log was restored or replaced, so the position is unknown. */
  async reload() {
    bids.clear();
    return show(await fetchPart(location.pathname + location.search, '#main'));
  },
});

// The form

const form = new FieldForm(find('create'));
const [duration, unit] = [form.input('duration'), form.input('unit')];

function limitDuration() { duration.max = Math.floor(Number(duration.dataset.longest) / Number(unit.value)); }

unit.addEventListener('change', limitDuration);
limitDuration();

sendOnSubmit(form, stream, {
  name: 'auction.open',
  data() {
    const { product, startPrice, minimumStep } = form.values;
    return {
      product: Number(product),
      startPrice: Number(startPrice),
      minimumStep: Number(minimumStep),
      seconds: Number(duration.value) * Number(unit.value),
    };
  },
  done(offset) {
    form.form.reset();
    limitDuration();
    form.input('product').focus();
    return `Opened at offset ${offset}.`;
  },
  field: (error) => (error.field === 'seconds' ? 'duration' : error.field),
});

stream.open();
