/** The list of messages: new messages are added at its end, earlier messages at its beginning. */

import { addUnseen, keepScrollPosition, markerBeforeNext, removeMarker } from './chatscroll.js';
import { escaped, fetchPart } from './format.js';

const find = (id) => document.getElementById(id);
const list = find('messages');
const earlier = find('earlier');
const link = earlier.querySelector('a');
const scroller = find('scroller');
const blankRun = find('message-run').content.firstElementChild;

/** The largest number of rows. */
const mostRows = 6_000;
/** The number of rows up to which earlier messages are added to the list; beyond, their link opens another page. */
const mostWithEarlier = 5_000;
/** The list consists of runs, each of at most this number of rows. */
const mostInRun = 100;

// Rows: clones of the server's partial, filled by data-field with text, never with HTML

const blank = (id) => find(id).content.firstElementChild;
const blankMessage = blank('message-row');
const blankUnsent = blank('unsent-row');

const characters = (text) => (text.length > 64 ? Array.from(text).length : text.length);
const isText = (value, most) => typeof value === 'string' && value !== '' && characters(value) <= most;

/** The longest message and name, in characters. */
const longestText = 4096;
const longestName = 64;

export const isTooLong = (text) => characters(text) > longestText;
export const isBlank = (text) => !/\P{White_Space}/u.test(text);

/** Whether the data of an event are a message, by the rules of the server. */
export function isMessage(data) {
  return isText(data?.text, longestText) && !isBlank(data.text) && (data.user === undefined || isText(data.user, longestName));
}

/** Formatted as on the server. */
const formattedText = (text) => text.replaceAll('\t', '    ').split('\n').map(escaped).join('\n');

export function fillRow(row, fields) {
  for (const part of row.querySelectorAll('[data-field]')) setText(part, fields[part.dataset.field] ?? '');
}

/** Changes an existing text node: a new node would let the browser compute the styles of the whole page again. */
export function setText(element, text) {
  if (element.firstChild) element.firstChild.data = text;
  else element.textContent = text;
}

function makeRow({ offset, time, source, data }) {
  const row = blankMessage.cloneNode(true);
  row.id = `message-${offset}`;
  fillRow(row, {
    offset,
    date: time.slice(0, 10),
    clock: time.slice(11, 19),
    socket: escaped(typeof data.socket === 'string' ? data.socket : source ?? 'unknown'),
    user: escaped(data.user ?? ''),
    text: formattedText(data.text),
  });
  row.querySelector('.at').href += offset;
  row.querySelector('time').dateTime = time;
  return row;
}

export const makeUnsentRow = () => blankUnsent.cloneNode(true);

export function fillUnsent(row, { socket, user, text }) {
  fillRow(row, { socket: escaped(socket), user: escaped(user ?? ''), text: formattedText(text) });
}

// The list

let rowCount = list.querySelectorAll('.message').length;

export const position = () => list.dataset.position;

// New messages are drawn at most ten times a second, and a limited number at a time: with thousands of rows each
// drawing is expensive for the browser.

const drawInterval = 100;
const mostAtOnce = 100;
let waiting = [];
let isDrawing = false;
let lastDraw = 0;
let drawn = () => {};

/** @param {(events: object[]) => void} listener Called with the messages that were added to the list. */
export function onDrawn(listener) { drawn = listener; }

/** At most as many messages wait as the list can hold: then they replace the whole list, without a missing message. */
export function take(event) {
  waiting.push({ event, marker: markerBeforeNext() });
  if (waiting.length > mostRows) markFirst(waiting.shift().marker);
  drawSoon();
}

/** If the marked message is removed, the marker moves to the first message that remains. */
function markFirst(marker) {
  if (marker) waiting[0].marker = marker;
}

function drawSoon() {
  if (isDrawing) return;
  isDrawing = true;
  // A timer is used because a hidden page gets no animation frames, and its messages would accumulate.
  setTimeout(draw, Math.max(0, lastDraw + drawInterval - performance.now()));
}

function draw() {
  isDrawing = false;
  lastDraw = performance.now();
  if (!waiting.length) return;
  const replacesAll = waiting.length >= mostRows;
  if (replacesAll) {
    markFirst(list.querySelector('.since'));
    clearList();
  }
  const next = waiting.splice(0, mostAtOnce);
  const isInView = keepScrollPosition(() => {
    for (const { event, marker } of next) append(makeRow(event), marker);
    trim();
    if (replacesAll) updateEarlierLink();
    find('empty').hidden = true;
    drawn(next.map(({ event }) => event));
  });
  if (!isInView) addUnseen(next.length);
  if (waiting.length) drawSoon();
}

function append(row, marker) {
  if (!(list.lastElementChild?.childElementCount < mostInRun)) list.append(blankRun.cloneNode(true));
  if (marker) list.lastElementChild.append(marker);
  list.lastElementChild.append(row);
  rowCount += 1;
}

/** Removes the oldest rows, and lets the link to earlier messages begin where the list now begins. */
function trim() {
  if (rowCount <= mostRows) return;
  let marker;
  while (rowCount > mostRows) {
    const run = list.firstElementChild;
    const line = run.firstElementChild;
    if (line.matches('.message')) rowCount -= 1;
    else marker = line;
    line.remove();
    if (!run.firstElementChild) run.remove();
  }
  if (marker) list.firstElementChild.prepend(marker);
  updateEarlierLink();
}

function updateEarlierLink() {
  link.href = `/chat?before=${list.querySelector('.at').textContent}`;
  earlier.hidden = false;
}

function clearList() {
  list.replaceChildren();
  rowCount = 0;
}

// Earlier messages are loaded when the visitor scrolls near the beginning of the list.

let isLoading = false;

async function loadEarlier() {
  if (isLoading) return;
  isLoading = true;
  earlier.setAttribute('aria-busy', 'true');
  const address = link.href;
  find('earlier-problem').textContent = '';
  try {
    const page = await fetchPart(address, '#history');
    // The beginning of the list may have changed during the request.
    if (link.href === address) prepend(page);
  } catch (error) {
    find('earlier-problem').textContent = `Earlier messages could not be loaded. ${error.message}`;
  } finally {
    isLoading = false;
    earlier.removeAttribute('aria-busy');
  }
}

/** Adds a page above the rows in view. The list is laid out from its end, so the rows in view do not move. */
function prepend(page) {
  if (document.activeElement === link) scroller.focus({ preventScroll: true });
  prependRuns(page);
  // Calls the observer again if the beginning is still near.
  observer.unobserve(earlier);
  observer.observe(earlier);
}

function prependRuns(page) {
  const runs = page.querySelector('#messages');
  rowCount += runs.querySelectorAll('.message').length;
  list.prepend(...runs.children);
  link.href = page.querySelector('#earlier a').href;
  earlier.hidden = page.querySelector('#earlier').hidden;
}

const mayLoad = () => !earlier.hidden && rowCount < mostWithEarlier;

const observer = new IntersectionObserver((entries) => {
  if (entries.at(-1).isIntersecting && mayLoad()) loadEarlier();
}, { root: scroller, rootMargin: '400px 0px 0px 0px' });
observer.observe(earlier);

link.addEventListener('click', (event) => {
  // The browser handles clicks that open another window.
  if (event.ctrlKey || event.metaKey || event.shiftKey || !mayLoad()) return;
  event.preventDefault();
  loadEarlier();
});

/** Loads the list of another log. The text that the visitor is typing stays. */
export async function reload() {
  const page = await fetchPart('/chat', 'main');
  const fresh = page.querySelector('#messages').dataset.position;
  waiting = [];
  removeMarker();
  clearList();
  prependRuns(page);
  find('empty').hidden = rowCount > 0;
  return { position: fresh, count: page.querySelector('#message-count').textContent };
}
