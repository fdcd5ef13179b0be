/** The page of an auction: follows the auction from the offset at which the page was rendered until it closes. */

import { announce } from './announcer.js';
import { decimal, fetchServerTime, isBid, units } from './bidding.js';
import { coalesce } from './coalesce.js';
import { sendOnSubmit } from './commandform.js';
import { showConnection } from './connection.js';
import { FieldForm, rememberedName, rememberName } from './fieldform.js';
import { counted, escaped, fetchPart } from './format.js';
import { EventStream } from './live.js';

const find = (id) => document.getElementById(id);
const auction = find('auction');
const id = Number(auction.dataset.id);

// The state of the auction

function fill(name, text) {
  for (const element of auction.querySelectorAll(`[data-field="${name}"]:not(#bids *)`)) element.textContent = text;
}

/** Shows the elements of a state: `waiting`, `leading`, `sold` or `unsold`, the names that the server uses. */
function enter(state) {
  auction.dataset.state = state;
  for (const element of auction.querySelectorAll('[data-when]')) element.hidden = !element.dataset.when.split(' ').includes(state);
}

const isOpen = () => ['waiting', 'leading'].includes(auction.dataset.state);

// Bids are clones of the server's partial, filled with text, never with HTML. The list has as many bids as the server keeps.

const mostBids = 100;
const blank = find('bid-row').content.firstElementChild;
const list = find('bids');

function makeRow({ offset, time, data }) {
  const row = blank.cloneNode(true);
  row.id = `bid-${offset}`;
  const at = row.querySelector('[data-field="version"]');
  at.href += offset;
  at.textContent = offset;
  row.querySelector('[data-field="bidder"]').textContent = escaped(data.bidder);
  row.querySelector('[data-field="price"]').textContent = data.amount;
  const clock = row.querySelector('time');
  clock.dateTime = time;
  clock.textContent = time.slice(0, 19).replace('T', ' ');
  row.classList.add('fresh');
  return row;
}

function addBid(event) {
  const focused = document.activeElement;
  list.prepend(makeRow(event));
  if (list.childElementCount > mostBids) list.lastElementChild.remove();
  if (!focused.isConnected) list.lastElementChild.querySelector('a').focus();
  list.hidden = false;
  find('empty').hidden = true;
  auction.dataset.bids = Number(auction.dataset.bids) + 1;
  find('bid-count').textContent = counted(Number(auction.dataset.bids), 'bid');
  find('left-out').hidden = Number(auction.dataset.bids) <= mostBids;
}

// The server draws the chart; the page fetches it at most once per second.

const updateChart = coalesce(1_000, async () => {
  // Without a connection the chart is updated after the next bid.
  const chart = await fetchPart(`/auctions/${id}`, '#price-chart').catch(() => undefined);
  if (chart) find('price-chart').replaceWith(chart);
});

// Events

function take(event) {
  if (event.data?.auction !== id || !isOpen()) return;
  if (event.type === 'bid.placed') bidPlaced(event);
  else if (event.type === 'auction.closed') closed(event);
}

function bidPlaced(event) {
  const { amount, bidder } = event.data;
  const { closes } = auction.dataset;
  if (!isBid(event, { auction: id, closes, least: units(find('next-price').textContent) })) return;
  fill('price', amount);
  fill('bidder', escaped(bidder));
  fill('nextPrice', decimal(units(amount) + units(auction.dataset.step)));
  enter('leading');
  addBid(event);
  updateChart();
  announce(`${escaped(bidder)} bids ${amount}`);
}

function closed({ time }) {
  if (time < auction.dataset.closes) return;
  const hadFocus = find('bid').contains(document.activeElement);
  const clock = find('closed-at');
  clock.dateTime = time;
  clock.textContent = time.slice(0, 19).replace('T', ' ');
  enter(auction.dataset.state === 'leading' ? 'sold' : 'unsold');
  if (hadFocus) find('status-heading').focus();
  const price = find('price').textContent;
  announce(auction.dataset.state === 'sold' ? `Closed: sold for ${price} to ${find('winner').querySelector('bdi').textContent}` : 'Closed without bids');
  updateChart();
}

// The connection

const stream = new EventStream({
  namespace: `/auctions/${id}`,
  position: auction.dataset.position,
  onEvent(event) {
    take(event);
    find('live-offset').textContent = event.offset;
  },
  onState(state) {
    showConnection(state);
    if (state === 'live') fetchServerTime();
  },
  // The server has another log now, where this id belongs to another auction.
  reload() {
    location.reload();
    return new Promise(() => {});
  },
});

// Bidding

const form = new FieldForm(find('bid'));

sendOnSubmit(form, stream, {
  name: 'bid.place',
  data() {
    const { amount, bidder } = form.values;
    rememberName(bidder.trim());
    return { auction: id, amount: Number(amount), bidder: bidder.trim() };
  },
  done(offset) {
    const { amount } = form.values;
    form.setValue('amount', '');
    form.input('amount').focus();
    return `Your bid of ${amount} is in the log at offset ${offset}.`;
  },
  // When the auction has closed the form is hidden, and so are the messages beside its fields.
  field: (error) => (isOpen() ? error.field : undefined),
  message: (error) => (error.code === 'closed' ? `Your bid came too late: ${error.message}` : error.message),
  offlineNote: '; the time of its arrival counts',
});

if (!form.input('bidder').value) form.setValue('bidder', rememberedName());
stream.open();
