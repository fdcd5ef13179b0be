/** Rows of events: clones of the server's partial `logRow`, filled with text, never with HTML. */

import { counted, escaped } from './format.js';

const longestData = 240;
const blank = document.getElementById('event-row').content.firstElementChild;

export function makeRow(event) {
  const row = blank.cloneNode(true);
  row.id = `event-${event.offset}`;
  const at = row.querySelector('.at');
  at.href += event.offset;
  at.textContent = event.offset;
  row.querySelector('.type').textContent = escaped(event.type);
  row.querySelector('.topic').textContent = escaped(event.topic);
  const time = row.querySelector('time');
  time.dateTime = event.time;
  time.textContent = event.time.slice(0, 23).replace('T', ' ');
  row.querySelector('.data bdi').textContent = summary(event.data);
  return row;
}

function summary(data) {
  if (data instanceof ArrayBuffer) return `(${counted(data.byteLength, 'byte')})`;
  const text = JSON.stringify(data) ?? '';
  return text.length > longestData ? `${escaped(text.slice(0, longestData))}…` : escaped(text);
}
