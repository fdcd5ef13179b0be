/** The list of auctions: follows the log from the offset at which it was rendered. */

import { giveCommand } from './commandform.js';
import { showConnection } from './connection.js';
import { askServerTime, showCountdowns } from './countdown.js';
import { FieldForm } from './fieldform.js';
import { gathered } from './gathered.js';
import { EventStream } from './live.js';
import { isBid, units } from './price.js';
import { counted, escaped, part } from './shown.js';
import { announce, mark } from './telling.js';

const find = (id) => document.getElementById(id);

// A bid is filled into its row at once. What rows there are, and in which order, the server says: it is asked when an
// auction was opened or closed or a product changed, at most once a second.

/** The newest bid of each row since it was rendered: what is fetched may be older. */
const bids = new Map();

function takeBid(event) {
  const { offset, data } = event;
  const auction = Number(data?.auction);
  const row = document.querySelector(`#open > #auction-${auction}`);
  if (!row || offset <= Number(row.dataset.version)) return;
  // A first bid must reach the starting price, another be a step above the one before.
  const price = units(row.querySelector('[data-field="price"]').textContent);
  const { bids: count, closes, step } = row.dataset;
  if (!isBid(event, { auction, closes, least: count === '0' ? price : price + units(step) })) return;
  const bid = { offset, amount: data.amount, bidder: escaped(data.bidder), count: Number(row.dataset.bids) + 1 };
  bids.set(data.auction, bid);
  fill(row, bid);
  mark(row);
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

let isMissed = false;

const askSoon = gathered(1_000, async () => {
  try {
    show(await part(location.pathname + location.search, '#main'));
    isMissed = false;
  } catch {
    // What is shown stays until the list can be had again.
    isMissed = true;
    if (stream.state === 'live') askSoon();
  }
});

/** @returns {string} The position at which it was rendered. */
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
    if (!known.has(row.id)) mark(row);
  }
  for (const id of bids.keys()) if (!find(`auction-${id}`)) bids.delete(id);
  if (focused) (find(focused) ?? find('auctions')).querySelector('h2 a')?.focus();
  showCountdowns();
  offer(fresh('field-product'));
  return position;
}

/** What is chosen stays chosen while it is offered. */
function offer(field) {
  const own = find('field-product');
  const values = (select) => Array.from(select.options, (option) => option.value + option.text).join('\n');
  if (own.tagName !== 'SELECT' || field.tagName !== 'SELECT' || values(own) === values(field)) return;
  const chosen = own.value;
  own.replaceChildren(...field.children);
  own.value = chosen;
  if (own.selectedIndex < 0) own.value = '';
}

// The log

function take(event) {
  find('live-offset').textContent = event.offset;
  if (event.type === 'bid.placed') {
    takeBid(event);
    return;
  }
  const auction = Number(event.data?.auction);
  if (event.type === 'auction.opened') announce(`Auction ${auction} was opened`);
  if (event.type === 'auction.closed') announce(`Auction ${auction} has closed`);
  askSoon();
}

const stream = new EventStream({
  position: find('auctions').dataset.position,
  topics: ['auctions/**', 'products'],
  onEvent: take,
  onState(state) {
    showConnection(state);
    if (state !== 'live') return;
    find('live-offset').textContent = stream.offset;
    askServerTime();
    if (isMissed) askSoon();
  },
  /** The log does not know our position (it was restored or replaced). */
  async reload() {
    bids.clear();
    return show(await part(location.pathname + location.search, '#main'));
  },
});

// The form

const form = new FieldForm(find('create'));
const [duration, unit] = [form.input('duration'), form.input('unit')];

function limitDuration() { duration.max = Math.floor(Number(duration.dataset.longest) / Number(unit.value)); }

unit.addEventListener('change', limitDuration);
limitDuration();

giveCommand(form, stream, {
  name: 'auction.open',
  data() {
    const { product, startPrice, minimumStep } = form.written;
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
