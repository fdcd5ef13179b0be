/** The page of an auction: follows it from the event at which it was rendered until it has closed. */

import { giveCommand } from './commandform.js';
import { showConnection } from './connection.js';
import { askServerTime } from './countdown.js';
import { FieldForm } from './fieldform.js';
import { gathered } from './gathered.js';
import { EventStream } from './live.js';
import { rememberedName, rememberName } from './name.js';
import { isBid, shortest, units } from './price.js';
import { counted, escaped, part } from './shown.js';
import { announce } from './telling.js';

const find = (id) => document.getElementById(id);
const auction = find('auction');
const id = Number(auction.dataset.id);

// What is shown

function fill(name, text) {
  for (const place of auction.querySelectorAll(`[data-field="${name}"]:not(#bids *)`)) place.textContent = text;
}

/** `waiting`, `leading`, `sold` or `unsold`, as the server says it. */
function enter(state) {
  auction.dataset.state = state;
  for (const place of auction.querySelectorAll('[data-when]')) place.hidden = !place.dataset.when.split(' ').includes(state);
}

const isOpen = () => ['waiting', 'leading'].includes(auction.dataset.state);

// Bids are clones of the server's own partial, filled as text, never as HTML. As many are shown as the server keeps.

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

// The chart is drawn by the server, and asked for once a second at most.

const drawSoon = gathered(1_000, async () => {
  // Without a connection the next bid draws it.
  const chart = await part(`/auctions/${id}`, '#price-chart').catch(() => undefined);
  if (chart) find('price-chart').replaceWith(chart);
});

// What happens

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
  fill('nextPrice', shortest(units(amount) + units(auction.dataset.step)));
  enter('leading');
  addBid(event);
  drawSoon();
  announce(`${escaped(bidder)} bids ${amount}`);
}

function closed({ time }) {
  if (time < auction.dataset.closes) return;
  const hadFocus = find('bid').contains(document.activeElement);
  const clock = find('closed-at');
  clock.dateTime = time;
  clock.textContent = time.slice(0, 19).replace('T', ' ');
  enter(auction.dataset.state === 'leading' ? 'sold' : 'unsold');
  if (hadFocus) find('standing-heading').focus();
  const price = find('price').textContent;
  announce(auction.dataset.state === 'sold' ? `Closed: sold for ${price} to ${find('winner').querySelector('bdi').textContent}` : 'Closed: nobody bid');
  drawSoon();
}

// The log

const stream = new EventStream({
  namespace: `/auctions/${id}`,
  position: auction.dataset.position,
  onEvent(event) {
    take(event);
    find('live-offset').textContent = event.offset;
  },
  onState(state) {
    showConnection(state);
    if (state === 'live') askServerTime();
  },
  // Another log is at this address: its auction of this number is another.
  reload() {
    location.reload();
    return new Promise(() => {});
  },
});

// Bidding

const form = new FieldForm(find('bid'));

giveCommand(form, stream, {
  name: 'bid.place',
  data() {
    const { amount, bidder } = form.written;
    rememberName(bidder.trim());
    return { auction: id, amount: Number(amount), bidder: bidder.trim() };
  },
  done(offset) {
    const { amount } = form.written;
    form.write('amount', '');
    form.input('amount').focus();
    return `Your bid of ${amount} is in the log at offset ${offset}.`;
  },
  // Where the form is gone, what it says about its fields would not be seen.
  field: (error) => (isOpen() ? error.field : undefined),
  words: (error) => (error.code === 'closed' ? `Your bid came too late: ${error.message}` : error.message),
  meanwhile: ', and counts from then',
});

if (!form.input('bidder').value) form.write('bidder', rememberedName());
stream.open();
