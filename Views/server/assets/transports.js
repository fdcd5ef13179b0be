/** The page that reads the same events over five transports at once. */

import { makeRow } from './eventrow.js';
import { ServerSentEvents } from './transports/eventsource.js';
import { watchRequests } from './transports/measure.js';
import { Panel } from './transports/panel.js';
import { LongPolling, Polling } from './transports/polling.js';
import { Sender, topic } from './transports/sender.js';
import { SocketIO } from './transports/socketio.js';
import { PlainWebSocket } from './transports/websocket.js';

const find = (id) => document.getElementById(id);
const list = find('newest');
const sender = new Sender();
const { position } = list.dataset;

// Changes are drawn at most ten times a second. A timer is used because a hidden page gets no animation frames.

const drawInterval = 100;
const mostRows = 10;
const changed = new Set();
let newest = Number(position.split(':')[1]);
let newRows = [];
let drawing;

function drawSoon(panel) {
  if (panel) changed.add(panel);
  drawing ??= setTimeout(draw, drawInterval);
}

function draw() {
  drawing = undefined;
  for (const panel of changed) panel.draw();
  changed.clear();
  find('appended').textContent = sender.count;
  find('live-offset').textContent = newest;
  list.prepend(...newRows.reverse().map(makeRow));
  newRows = [];
  while (list.childElementCount > mostRows) list.lastElementChild.remove();
  list.hidden = list.childElementCount === 0;
  find('empty').hidden = !list.hidden;
}

/** Adds an event to the list once, when the first transport brings it. */
function take(event) {
  if (event.offset <= newest) return;
  newest = event.offset;
  newRows = [...newRows, event].slice(-mostRows);
}

function clearList() {
  newest = 0;
  newRows = [];
  list.replaceChildren();
}

// The five transports

const page = { position, topic, sender, onEvent: take, onReset: clearList, onState: announceSoon, onChange: drawSoon };
const polling = new Panel('polling', Polling, page);
const longPolling = new Panel('long-polling', LongPolling, page);
const socketio = new Panel('socketio', SocketIO, page);
const panels = [
  polling, longPolling, new Panel('server-sent-events', ServerSentEvents, page), new Panel('websocket', PlainWebSocket, page), socketio,
];

watchRequests(({ pathname, searchParams }, received) => {
  if (pathname === '/socket.io/') socketio.count({ requests: 1, received });
  else if (pathname === '/api/events' && searchParams.has('wait')) longPolling.count({ received });
  else if (pathname === '/api/events' && searchParams.has('after')) polling.count({ received });
});

let announceTimer;

/** Announces the states of all transports in one sentence. */
function announceSoon() {
  clearTimeout(announceTimer);
  announceTimer = setTimeout(() => {
    const titles = (state) => panels.filter((panel) => panel.state === state).map(({ title }) => title).join(', ') || 'none';
    find('announcement').textContent = `Live: ${titles('live')}. Offline: ${titles('offline')}.`;
  }, 500);
}

// Appending

async function append() {
  const showResult = (problem, status) => {
    find('append-problem').textContent = problem;
    find('append-status').textContent = status;
    drawSoon();
  };
  try {
    showResult('', `Appended at offset ${await sender.append()}.`);
  } catch (error) {
    showResult(error.message, '');
    stopAppending();
  }
}

find('append').addEventListener('submit', (event) => {
  event.preventDefault();
  append();
});

/** A number field. An invalid number is reported beside the field, and the last valid number stays in effect. */
class NumberField {
  value;

  /** @param {(value: number) => void} onValue Called with each new valid number. */
  constructor(input, onValue) {
    const problem = find(`${input.id}-problem`);
    // Browsers keep the text of a field when a page is reloaded.
    input.value = input.defaultValue;
    this.value = input.valueAsNumber;
    input.addEventListener('change', () => {
      const isValid = input.value !== '' && input.checkValidity();
      problem.textContent = isValid ? '' : `Enter ${input.min} to ${input.max}. The value stays ${this.value}.`;
      if (!isValid) return input.setAttribute('aria-invalid', true);
      input.removeAttribute('aria-invalid');
      this.value = input.valueAsNumber;
      onValue(this.value);
    });
  }
}

const continuously = find('continuously');
const rate = new NumberField(find('rate'), setPace);
let timer;
let remaining;

function setPace() {
  clearInterval(timer);
  if (continuously.checked) timer = setInterval(tick, 1000 / rate.value);
}

/** Appends an event only while the page is visible and no other event waits for the server, up to a limit. */
function tick() {
  if (document.hidden || sender.waiting) return;
  append();
  remaining -= 1;
  if (remaining === 0) stopAppending();
}

function stopAppending() {
  continuously.checked = false;
  setPace();
}

stopAppending();
continuously.addEventListener('change', () => {
  remaining = Number(continuously.dataset.most);
  setPace();
});
new NumberField(find('interval'), (seconds) => (polling.interval = seconds * 1000));

// Starting and stopping. A page that is hidden for long closes its connections, and resumes when it is visible again.

/** Milliseconds after which a hidden page closes its connections. */
const hiddenTimeout = 60_000;
let suspended = [];
let hiddenTimer;

const startAll = () => panels.forEach((panel) => panel.start());

function stopAll() {
  stopAppending();
  panels.forEach((panel) => panel.stop());
}

function suspend() {
  suspended.push(...panels.filter(({ isRunning }) => isRunning));
  stopAll();
}

function resume() {
  clearTimeout(hiddenTimer);
  for (const panel of suspended.splice(0)) panel.start();
}

find('start-all').addEventListener('click', startAll);
find('stop-all').addEventListener('click', stopAll);
document.addEventListener('visibilitychange', () => {
  if (document.hidden) hiddenTimer = setTimeout(suspend, hiddenTimeout);
  else resume();
});
addEventListener('pagehide', suspend);
addEventListener('pageshow', resume);
startAll();
