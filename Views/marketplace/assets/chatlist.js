/** The list of messages, in runs of so many lines: new ones at its end, earlier ones at its beginning. */

import { makeRow } from './chatrows.js';
import { cameUnseen, keepingPlace, markerBeforeNext, removeMarker } from './chatreading.js';
import { part } from './shown.js';

const find = (id) => document.getElementById(id);
const list = find('messages');
const earlier = find('earlier');
const link = earlier.querySelector('a');
const scroller = find('scroller');
const blankRun = find('message-run').content.firstElementChild;

/** How many lines there are at the most, and up to how many earlier ones are added; beyond, their link leads to a page. */
const mostRows = 6_000;
const mostWithEarlier = 5_000;
const mostInRun = 100;

let rowCount = list.querySelectorAll('.message').length;

export const position = () => list.dataset.position;

// New messages are drawn at most ten times a second, however many come, and so many at a time: with thousands of
// lines it is the browser's own work a frame that counts.

const drawInterval = 100;
const mostAtOnce = 100;
let waiting = [];
let isDrawing = false;
let lastDraw = 0;
let drawn = () => {};

/** @param {(events: object[]) => void} listener Called with the messages that are now on the list. */
export function onDrawn(listener) { drawn = listener; }

/** No more wait than the list can hold: then they take the place of all of it, and nothing is missing between. */
export function take(event) {
  waiting.push({ event, marker: markerBeforeNext() });
  if (waiting.length > mostRows) markFirst(waiting.shift().marker);
  drawSoon();
}

/** What was marked is not there any more: then the marker belongs before the first that is. */
function markFirst(marker) {
  if (marker) waiting[0].marker = marker;
}

function drawSoon() {
  if (isDrawing) return;
  isDrawing = true;
  // Not by animation frames: a hidden page gets none, and what it has not drawn would pile up.
  setTimeout(draw, Math.max(0, lastDraw + drawInterval - performance.now()));
}

function draw() {
  isDrawing = false;
  lastDraw = performance.now();
  if (!waiting.length) return;
  const isReplaced = waiting.length >= mostRows;
  if (isReplaced) {
    markFirst(list.querySelector('.since'));
    empty();
  }
  const next = waiting.splice(0, mostAtOnce);
  const isInView = keepingPlace(() => {
    for (const { event, marker } of next) append(makeRow(event), marker);
    trim();
    if (isReplaced) leadToEarlier();
    find('empty').hidden = true;
    drawn(next.map(({ event }) => event));
  });
  if (!isInView) cameUnseen(next.length);
  if (waiting.length) drawSoon();
}

function append(row, marker) {
  if (!(list.lastElementChild?.childElementCount < mostInRun)) list.append(blankRun.cloneNode(true));
  if (marker) list.lastElementChild.append(marker);
  list.lastElementChild.append(row);
  rowCount += 1;
}

/** The oldest lines go; the way to earlier ones begins where the list begins now. */
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
  leadToEarlier();
}

function leadToEarlier() {
  link.href = `/chat?before=${list.querySelector('.at').textContent}`;
  earlier.hidden = false;
}

function empty() {
  list.replaceChildren();
  rowCount = 0;
}

// Earlier messages are loaded when the reader comes near the beginning of the list.

let isLoading = false;

async function loadEarlier() {
  if (isLoading) return;
  isLoading = true;
  earlier.setAttribute('aria-busy', 'true');
  const address = link.href;
  find('earlier-problem').textContent = '';
  try {
    const page = await part(address, '#history');
    // The list may begin elsewhere by now.
    if (link.href === address) prepend(page);
  } catch (error) {
    find('earlier-problem').textContent = `They could not be loaded. ${error.message}`;
  } finally {
    isLoading = false;
    earlier.removeAttribute('aria-busy');
  }
}

/** Above what is in view: the window is laid out from its end, so nothing in it moves. */
function prepend(page) {
  if (document.activeElement === link) scroller.focus({ preventScroll: true });
  prependRuns(page);
  // Said again, should the beginning still be near.
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
  // A click that opens another window is the browser's.
  if (event.ctrlKey || event.metaKey || event.shiftKey || !mayLoad()) return;
  event.preventDefault();
  loadEarlier();
});

/** Another log is at this address: the list is loaded anew, and what is being written stays. */
export async function reload() {
  const page = await part('/chat', 'main');
  const fresh = page.querySelector('#messages').dataset.position;
  waiting = [];
  removeMarker();
  empty();
  prependRuns(page);
  find('empty').hidden = rowCount > 0;
  return { position: fresh, count: page.querySelector('#message-count').textContent };
}
