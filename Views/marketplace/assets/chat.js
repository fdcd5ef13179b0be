/** The chat: follows the log from the offset at which the page was rendered, and sees others write. */

import { clearDrafts, settleDraft, showDraft } from './chatdrafts.js';
import { onDrawn, position, reload, take } from './chatlist.js';
import { forgetPresent, showPresent } from './chatpresence.js';
import { away, back, lookAgain } from './chatreading.js';
import { isMessage, setText } from './chatrows.js';
import { join, settlePending, startWriting } from './chatwriting.js';
import { showConnection } from './connection.js';
import { EventStream } from './live.js';
import { counted, escaped, grouped } from './shown.js';

const find = (id) => document.getElementById(id);
const asNumber = (text) => Number(text.replaceAll(',', ''));

let messageCount = asNumber(find('message-count').textContent);

const stream = new EventStream({
  namespace: '/chat',
  position: position(),
  topics: ['chat'],
  types: ['message.posted'],
  onEvent(event) {
    if (!isMessage(event.data)) return;
    messageCount += 1;
    take(event);
  },
  onSaid(name, data) {
    if (name === 'chat.draft') showDraft(data);
    else if (name === 'chat.present') showPresent(data, stream.socketId);
  },
  onState(state) {
    showConnection(state);
    if (state === 'offline') {
      clearDrafts();
      forgetPresent();
    } else if (state === 'live') {
      join();
      showTotals();
    }
    attend();
  },
  async reload() {
    const fresh = await reload();
    messageCount = asNumber(fresh.count);
    return fresh.position;
  },
});

function showTotals() {
  setText(find('message-count'), grouped(messageCount));
  setText(find('live-offset'), stream.offset);
}

/** What comes while the connection is lost or the page hidden is new to who comes back. */
function attend() {
  if (document.hidden || stream.state === 'offline') away();
  else if (stream.state === 'live') back();
  lookAgain();
}

document.addEventListener('visibilitychange', attend);

onDrawn((events) => {
  showTotals();
  for (const { data } of events) {
    settleDraft(data);
    settlePending(data);
  }
  announce(events);
});

// Announcements are gathered, so that a busy chat does not talk without end.

const announceInterval = 3_000;
const longestAnnounced = 200;
let said = 0;
let last;
let isSpeaking = false;

function announce(events) {
  said += events.length;
  last = events.at(-1).data;
  if (isSpeaking) return;
  isSpeaking = true;
  setTimeout(() => {
    const text = escaped(last.text.slice(0, longestAnnounced));
    const speaker = escaped(last.user ?? 'somebody');
    find('announcement').textContent = said === 1 ? `${speaker}: ${text}` : `${counted(said, 'new message')}, the last by ${speaker}`;
    said = 0;
    isSpeaking = false;
  }, find('announcement').textContent ? announceInterval : 300);
}

startWriting(stream);
stream.open();
