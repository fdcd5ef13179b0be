/** The log page: follows the log from the offset at which the page was rendered. */

import { announcer } from './announcer.js';
import { coalesce } from './coalesce.js';
import { showConnection } from './connection.js';
import { makeRow } from './eventrow.js';
import { counted } from './format.js';
import { EventStream } from './live.js';
import './logdetails.js';

const find = (id) => document.getElementById(id);
const list = find('events');
const isLive = list?.dataset.live === 'true';

// The filter. The server filters by topic and type; the script filters by the other fields.

// The rules for upper and lower case are those of the server: A to Z in ASCII text, otherwise letter by letter,
// independent of the letters around it.
const lowercaseASCII = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const lowercaseAll = (text) => text.replace(/./gsu, (letter) => letter.toLowerCase());

/** Whether the data contain the text, either in their JSON or in a decoded string or name. */
function contains(data, text, lowercase) {
  if (data instanceof ArrayBuffer) return lowercase(new TextDecoder().decode(data)).includes(text);
  return lowercase(JSON.stringify(data) ?? '').includes(text) || containsDecoded(data, text, lowercase);
}

function containsDecoded(data, text, lowercase) {
  if (typeof data === 'string') return lowercase(data).includes(text);
  if (data === null || typeof data !== 'object') return false;
  return Object.entries(data).some(([name, value]) => lowercase(name).includes(text) || containsDecoded(value, text, lowercase));
}

function makeFilter({ sources, id, grep, from, since }) {
  const lowercase = /[^\0-\x7f]/.test(grep ?? '') ? lowercaseAll : lowercaseASCII;
  const text = grep && lowercase(grep);
  // All times have the same format, so their order as texts is their order in time.
  return (event) => event.offset >= from
    && (!since || event.time >= since)
    && (!sources.length || sources.includes(event.source ?? ''))
    && (!id || event.id === id)
    && (!text || contains(event.data, text, lowercase));
}

// The list. New events wait for the next frame; while the list is paused or scrolled out of view, they wait for the
// visitor. At most as many events wait as the list can hold: then they replace the whole list, and no event between
// two rows is missing.

const mostRows = 500;
/** If more new rows are added at once, none of them is highlighted. */
const mostHighlighted = 20;
const announceInterval = 5_000;

const announce = announcer((count, offset) => `${counted(count, 'new event')}, up to offset ${offset}`, announceInterval);
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
  // A hidden page gets no frames; the number of waiting events is bounded.
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
  if (rows.length <= mostHighlighted) for (const row of rows) row.classList.add('fresh');
  list.prepend(...rows);
  if (list.childElementCount > mostRows) trim();
  if (!document.contains(focused)) list.lastElementChild.querySelector('.at').focus();
  if (unseen) announce(stream.offset, unseen);
  waiting = [];
  unseen = 0;
  list.hidden = list.childElementCount === 0;
  find('empty').hidden = !list.hidden;
  showUnseen();
}

/** Removes the oldest rows, and lets the link to older events begin where the list now ends. */
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

// The figures of the whole log, which the server renders

const updateOverview = coalesce(2_000, async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch('/log/overview');
    if (answer.ok) showOverview(new DOMParser().parseFromString(await answer.text(), 'text/html'));
  } catch {
    // The old figures stay until the next event causes another request.
  }
});

/** Replaces the content of the elements with the same ids. Focus and scroll positions are kept. */
function showOverview(overview) {
  const scrolled = Array.from(document.querySelectorAll('#counts ul'), ({ id, scrollTop }) => [id, scrollTop]);
  const link = document.activeElement?.closest('#counts a')?.getAttribute('href');
  for (const part of overview.querySelectorAll('[data-part]')) {
    document.getElementById(part.id).replaceChildren(...document.adoptNode(part).childNodes);
  }
  for (const [id, scrollTop] of scrolled) document.getElementById(id).scrollTop = scrollTop;
  if (link) document.querySelector(`#counts a[href="${CSS.escape(link)}"]`)?.focus();
}

// The connection

function showState(state) {
  showConnection(state);
  if (state === 'live') {
    find('live-offset').textContent = stream.offset;
    updateOverview();
  }
}

let stream;
if (isLive) {
  const filter = JSON.parse(list.dataset.filter);
  const matches = makeFilter(filter);
  stream = new EventStream({
    position: list.dataset.position,
    topics: filter.topics.length ? filter.topics : undefined,
    types: filter.types.length ? filter.types : undefined,
    onEvent(event) {
      if (matches(event)) take(event);
      updateOverview();
    },
    onState: showState,
    // The server has another log now, without the events on this page.
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
    if (!document.hidden) updateOverview();
  });
  addEventListener('scroll', () => {
    if (waiting.length) drawSoon();
  }, { passive: true });
  stream.open();
}
