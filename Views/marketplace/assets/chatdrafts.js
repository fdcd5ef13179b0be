/** What others are writing: one line a socket, gone when they send it, stop or leave. */

import { fillUnsent, makeUnsentRow } from './chatrows.js';
import { keepingPlace } from './chatreading.js';
import { grouped } from './shown.js';

const list = document.getElementById('drafts');
const more = document.getElementById('more-drafts');

/** Of those that are known, the first are shown; beyond, nobody is known. */
const mostShown = 20;
const mostKnown = 500;
/** Without a keystroke a draft is taken for given up. */
const lifetime = 30_000;
/** An empty one stays until the message that it became is there. */
const lingering = 400;

const drafts = new Map();

export function showDraft({ socket, user, text }) {
  const draft = drafts.get(socket);
  if (!draft && (text === '' || drafts.size >= mostKnown)) return;
  if (draft) clearTimeout(draft.timer);
  const next = draft ?? { row: makeUnsentRow() };
  next.timer = setTimeout(() => remove(socket), text === '' ? lingering : lifetime);
  next.isOver = text === '';
  if (text !== '') {
    next.text = text;
    fillUnsent(next.row, { socket, user, text });
  }
  if (draft) return;
  drafts.set(socket, next);
  arrange();
}

/** A message has come: what its socket writes now may be the next one. */
export function settleDraft({ socket, text }) {
  const draft = drafts.get(socket);
  if (draft && (draft.isOver || draft.text === text)) remove(socket);
}

export function clearDrafts() {
  for (const { timer } of drafts.values()) clearTimeout(timer);
  drafts.clear();
  arrange();
}

function remove(socket) {
  clearTimeout(drafts.get(socket).timer);
  drafts.delete(socket);
  arrange();
}

function arrange() {
  const rows = Array.from(drafts.values(), ({ row }) => row).slice(0, mostShown);
  keepingPlace(() => {
    for (const row of Array.from(list.children)) if (!rows.includes(row)) row.remove();
    for (const row of rows) if (!row.isConnected) list.append(row);
    list.hidden = rows.length === 0;
    const others = drafts.size - rows.length;
    more.hidden = others === 0;
    more.textContent = `and ${grouped(others)} more ${others === 1 ? 'is' : 'are'} writing`;
  });
}
