/** The page that reads one stream in five ways at once. */

import { makeRow } from './eventrow.js';
import { ServerSentEvents } from './transports/eventsource.js';
import { LongPolling } from './transports/longpolling.js';
import { NumberField } from './transports/numberfield.js';
import { Panel } from './transports/panel.js';
import { Polling } from './transports/polling.js';
import { Sender, topic } from './transports/sender.js';
import { SocketIO } from './transports/socketio.js';
import { watchRequests } from './transports/traffic.js';
import { PlainWebSocket } from './transports/websocket.js';

const find = (id) => document.getElementById(id);
const list = find('newest');
const sender = new Sender();
const { position } = list.dataset;

// Whatever happens is drawn at most ten times a second. Not by animation frames: a hidden page gets none.

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

/** The list has each event once, from whichever way brought it first. */
function take(event) {
  if (event.offset <= newest) return;
  newest = event.offset;
  newRows = [...newRows, event].slice(-mostRows);
}

function forget() {
  newest = 0;
  newRows = [];
  list.replaceChildren();
}

// The five ways

const page = { position, topic, sender, onEvent: take, onReset: forget, onState: announceSoon, onChange: drawSoon };
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

let saying;

/** One sentence for all that change together. */
function announceSoon() {
  clearTimeout(saying);
  saying = setTimeout(() => {
    const titles = (state) => panels.filter((panel) => panel.state === state).map(({ title }) => title).join(', ') || 'none';
    find('announcement').textContent = `Live: ${titles('live')}. Offline: ${titles('offline')}.`;
  }, 500);
}

// Appending

async function append() {
  const tell = (problem, status) => {
    find('append-problem').textContent = problem;
    find('append-status').textContent = status;
    drawSoon();
  };
  try {
    tell('', `In the log at offset ${await sender.append()}.`);
  } catch (error) {
    tell(error.message, '');
    endSteadily();
  }
}

find('append').addEventListener('submit', (event) => {
  event.preventDefault();
  append();
});

const steadily = find('steadily');
const rate = new NumberField(find('rate'), pace);
let ticking;
let left;

function pace() {
  clearInterval(ticking);
  if (steadily.checked) ticking = setInterval(tick, 1000 / rate.value);
}

/** Only while somebody sees it, no faster than the server answers, and not without end. */
function tick() {
  if (document.hidden || sender.waiting) return;
  append();
  left -= 1;
  if (left === 0) endSteadily();
}

function endSteadily() {
  steadily.checked = false;
  pace();
}

endSteadily();
steadily.addEventListener('change', () => {
  left = Number(steadily.dataset.most);
  pace();
});
new NumberField(find('interval'), (seconds) => (polling.interval = seconds * 1000));

// Starting and stopping. A page that nobody sees for long holds no connection; seen again, it goes on where it was.

const longHidden = 60_000;
let resting = [];
let hiding;

const startAll = () => panels.forEach((panel) => panel.start());

function stopAll() {
  endSteadily();
  panels.forEach((panel) => panel.stop());
}

function rest() {
  resting.push(...panels.filter(({ isRunning }) => isRunning));
  stopAll();
}

function wake() {
  clearTimeout(hiding);
  for (const panel of resting.splice(0)) panel.start();
}

find('start-all').addEventListener('click', startAll);
find('stop-all').addEventListener('click', stopAll);
document.addEventListener('visibilitychange', () => {
  if (document.hidden) hiding = setTimeout(rest, longHidden);
  else wake();
});
addEventListener('pagehide', rest);
addEventListener('pageshow', wake);
startAll();
