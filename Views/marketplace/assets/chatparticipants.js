/** The other participants of the chat: who is online, and what they are typing. */

import { fillRow, fillUnsent, makeUnsentRow } from './chatlist.js';
import { keepScrollPosition } from './chatscroll.js';
import { escaped, grouped } from './format.js';

const find = (id) => document.getElementById(id);

// Who is online: the server sends the number of sockets, and the first of them by name.

const present = find('present');
const presentCount = find('present-count');
const morePresent = find('more-present');
const blankPresent = find('present-row').content.firstElementChild;

export function showPresent(presence, ownSocket) {
  presentCount.textContent = grouped(presence.count);
  present.replaceChildren(...presence.sockets.map(({ socket, user }) => {
    const row = blankPresent.cloneNode(true);
    fillRow(row, { socket: escaped(socket), user: escaped(user ?? '') });
    row.querySelector('em').hidden = socket !== ownSocket;
    return row;
  }));
  const others = presence.count - presence.sockets.length;
  morePresent.hidden = others === 0;
  morePresent.textContent = `and ${grouped(others)} more`;
}

/** Without a connection the page does not know who is online. */
export function clearPresent() {
  presentCount.textContent = '';
  present.replaceChildren();
  morePresent.hidden = true;
}

// Drafts: one row per socket, until the socket sends the text, deletes it or disconnects.

const draftList = find('drafts');
const moreDrafts = find('more-drafts');

/** The number of drafts that are shown, and of drafts that are kept; further drafts are ignored. */
const mostShown = 20;
const mostKept = 500;
/** Milliseconds without a keystroke after which a draft is removed. */
const lifetime = 30_000;
/** Milliseconds for which an emptied draft stays, so that it disappears together with the arrival of its message. */
const emptiedLifetime = 400;

const drafts = new Map();

export function showDraft({ socket, user, text }) {
  const draft = drafts.get(socket);
  if (!draft && (text === '' || drafts.size >= mostKept)) return;
  if (draft) clearTimeout(draft.timer);
  const next = draft ?? { row: makeUnsentRow() };
  next.timer = setTimeout(() => removeDraft(socket), text === '' ? emptiedLifetime : lifetime);
  next.isEmptied = text === '';
  if (text !== '') {
    next.text = text;
    fillUnsent(next.row, { socket, user, text });
  }
  if (draft) return;
  drafts.set(socket, next);
  arrangeDrafts();
}

/** Removes the draft of a message that has arrived. A draft with another text is the next message of its socket. */
export function removeSentDraft({ socket, text }) {
  const draft = drafts.get(socket);
  if (draft && (draft.isEmptied || draft.text === text)) removeDraft(socket);
}

export function clearDrafts() {
  for (const { timer } of drafts.values()) clearTimeout(timer);
  drafts.clear();
  arrangeDrafts();
}

function removeDraft(socket) {
  clearTimeout(drafts.get(socket).timer);
  drafts.delete(socket);
  arrangeDrafts();
}

function arrangeDrafts() {
  const rows = Array.from(drafts.values(), ({ row }) => row).slice(0, mostShown);
  keepScrollPosition(() => {
    for (const row of Array.from(draftList.children)) if (!rows.includes(row)) row.remove();
    for (const row of rows) if (!row.isConnected) draftList.append(row);
    draftList.hidden = rows.length === 0;
    const others = drafts.size - rows.length;
    moreDrafts.hidden = others === 0;
    moreDrafts.textContent = `and ${grouped(others)} more ${others === 1 ? 'is' : 'are'} typing`;
  });
}
