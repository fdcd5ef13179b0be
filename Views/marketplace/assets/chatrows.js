/** The lines of the chat: clones of the server's own partial, filled by data-field as text, never as HTML. */

import { escaped } from './shown.js';

const blank = (id) => document.getElementById(id).content.firstElementChild;
const blankMessage = blank('message-row');
const blankUnsent = blank('unsent-row');

const characters = (text) => (text.length > 64 ? Array.from(text).length : text.length);
const isText = (value, most) => typeof value === 'string' && value !== '' && characters(value) <= most;

/** The longest message and name, in characters. */
const longestText = 4096;
const longestName = 64;

export const isTooLong = (text) => characters(text) > longestText;
export const saysNothing = (text) => !/\P{White_Space}/u.test(text);

/** Whether the data of an event is a message, for the server as well (PostedMessage.swift). */
export function isMessage(data) {
  return isText(data?.text, longestText) && !saysNothing(data.text) && (data.user === undefined || isText(data.user, longestName));
}

/** As the server shows it (ChatMessage.swift). */
const shownText = (text) => text.replaceAll('\t', '    ').split('\n').map(escaped).join('\n');

export function fill(row, fields) {
  for (const part of row.querySelectorAll('[data-field]')) setText(part, fields[part.dataset.field] ?? '');
}

/** Changes the text in place where there is one: a new node would have the browser look at the whole page for its styles. */
export function setText(element, text) {
  if (element.firstChild) element.firstChild.data = text;
  else element.textContent = text;
}

export function makeRow({ offset, time, source, data }) {
  const row = blankMessage.cloneNode(true);
  row.id = `message-${offset}`;
  fill(row, {
    offset,
    date: time.slice(0, 10),
    clock: time.slice(11, 19),
    socket: escaped(typeof data.socket === 'string' ? data.socket : source ?? 'unknown'),
    user: escaped(data.user ?? ''),
    text: shownText(data.text),
  });
  row.querySelector('.at').href += offset;
  row.querySelector('time').dateTime = time;
  return row;
}

export const makeUnsentRow = () => blankUnsent.cloneNode(true);

export function fillUnsent(row, { socket, user, text }) {
  fill(row, { socket: escaped(socket), user: escaped(user ?? ''), text: shownText(text) });
}
