/** The chat page: follows the log from the offset at which the page was rendered, and shows what others are typing. */

import { announcer } from './announcer.js';
import { join, removeSentMessage, startForm } from './chatform.js';
import { isMessage, onDrawn, position, reload, setText, take } from './chatlist.js';
import { clearDrafts, clearPresent, removeSentDraft, showDraft, showPresent } from './chatparticipants.js';
import { setAway, setBack, visibilityChanged } from './chatscroll.js';
import { showConnection } from './connection.js';
import { counted, escaped, grouped } from './format.js';
import { EventStream } from './live.js';

const find = (id) => document.getElementById(id);
const announceInterval = 3_000;
const longestAnnounced = 200;
const announce = announcer((count, { user, text }) => {
  const name = escaped(user ?? 'Someone');
  return count === 1 ? `${name}: ${escaped(text.slice(0, longestAnnounced))}` : `${counted(count, 'new message')}, the latest from ${name}`;
}, announceInterval);

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
  onMessage(name, data) {
    if (name === 'chat.draft') showDraft(data);
    else if (name === 'chat.present') showPresent(data, stream.socketId);
  },
  onState(state) {
    showConnection(state);
    if (state === 'offline') {
      clearDrafts();
      clearPresent();
    } else if (state === 'live') {
      join();
      showTotals();
    }
    updateAway();
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

/** Messages that arrive while the page is hidden or offline are marked as new. */
function updateAway() {
  if (document.hidden || stream.state === 'offline') setAway();
  else if (stream.state === 'live') setBack();
  visibilityChanged();
}

document.addEventListener('visibilitychange', updateAway);

onDrawn((events) => {
  showTotals();
  for (const { data } of events) {
    removeSentDraft(data);
    removeSentMessage(data);
  }
  announce(events.at(-1).data, events.length);
});

startForm(stream);
stream.open();
