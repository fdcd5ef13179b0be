/** The log page: follows the log from the offset at which it was rendered. */

import { showConnection } from './connection.js';
import { makeRow } from './eventrow.js';
import { EventStream } from './live.js';
import { makeFilter } from './logfilter.js';
import { overviewSoon } from './logoverview.js';
import './logpanel.js';
import './logstate.js';
import { counted } from './shown.js';

const find = (id) => document.getElementById(id);
const list = find('events');
const isLive = list?.dataset.live === 'true';

const mostRows = 500;

// New events wait for the next frame, or while the list is paused or scrolled away for the visitor.
// No more wait than the list can hold: then they take the place of all of it, and nothing is missing between.

/** More new rows at once are not marked one by one. */
const mostMarked = 20;

let waiting = [];
let unseen = 0;
let isPaused = false;
let isDrawing = false;

const isHeld = () => isPaused || list.getBoundingClientRect().top < -40;

function take(event) {
  waiting.push(event);
  unseen += 1;
  if (waiting.length > mostRows) waiting.splice(0, waiting.length - mostRows);
  drawSoon();
}

function drawSoon() {
  if (isDrawing) return;
  isDrawing = true;
  // A hidden page gets no frames; what waits meanwhile is bounded.
  requestAnimationFrame(draw);
}

function draw() {
  isDrawing = false;
  find('live-offset').textContent = stream.offset;
  if (isHeld()) showUnseen();
  else show();
}

function show() {
  const focused = document.activeElement;
  const rows = waiting.reverse().map(makeRow);
  if (rows.length <= mostMarked) for (const row of rows) row.classList.add('fresh');
  list.prepend(...rows);
  if (list.childElementCount > mostRows) trim();
  if (!document.contains(focused)) list.lastElementChild.querySelector('.at').focus();
  if (unseen) announce(unseen, stream.offset);
  waiting = [];
  unseen = 0;
  list.hidden = list.childElementCount === 0;
  find('empty').hidden = !list.hidden;
  showUnseen();
}

/** The oldest rows go; the way to older events begins where the list ends now. */
function trim() {
  while (list.childElementCount > mostRows) list.lastElementChild.remove();
  const older = find('older');
  const address = new URL(older.href);
  address.searchParams.set('before', list.lastElementChild.querySelector('.at').textContent);
  older.href = address;
  older.parentElement.hidden = false;
}

function showUnseen() {
  const button = find('arrived');
  button.hidden = unseen === 0;
  button.textContent = `${counted(unseen, 'new event')}`;
}

// Announcements are gathered, so that a busy log does not talk without end.

const announceInterval = 5_000;
let said = 0;
let newest = 0;
let isSpeaking = false;

function announce(count, offset) {
  said += count;
  newest = offset;
  if (isSpeaking) return;
  isSpeaking = true;
  setTimeout(() => {
    find('announcement').textContent = `${counted(said, 'new event')}, up to offset ${newest}`;
    said = 0;
    isSpeaking = false;
  }, find('announcement').textContent ? announceInterval : 300);
}

// The log

function showState(state) {
  showConnection(state);
  if (state === 'live') {
    find('live-offset').textContent = stream.offset;
    overviewSoon();
  }
}

let stream;
if (isLive) {
  const filter = JSON.parse(list.dataset.filter);
  const isAskedFor = makeFilter(filter);
  stream = new EventStream({
    position: list.dataset.position,
    topics: filter.topics.length ? filter.topics : undefined,
    types: filter.types.length ? filter.types : undefined,
    onEvent(event) {
      if (isAskedFor(event)) take(event);
      overviewSoon();
    },
    onState: showState,
    // Another log is at this address: what is shown here is not in it.
    onReset() {
      location.reload();
    },
  });
  find('pause').addEventListener('click', ({ currentTarget }) => {
    isPaused = !isPaused;
    currentTarget.setAttribute('aria-pressed', isPaused);
    drawSoon();
  });
  find('arrived').addEventListener('click', () => {
    isPaused = false;
    find('pause').setAttribute('aria-pressed', false);
    show();
    find('events-heading').focus({ preventScroll: true });
    find('events-heading').scrollIntoView({ block: 'nearest' });
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) overviewSoon();
  });
  addEventListener('scroll', () => {
    if (waiting.length) drawSoon();
  }, { passive: true });
  stream.open();
}
