/** The form: what is written goes to the others as it is written, and into the log when it is sent. */

import { keepingPlace, removeMarker, toTheEnd } from './chatreading.js';
import { fillUnsent, isTooLong, makeUnsentRow, saysNothing } from './chatrows.js';
import { FieldForm } from './fieldform.js';
import { rememberedName, rememberName } from './name.js';

const find = (id) => document.getElementById(id);
const form = find('write');
const fields = new FieldForm(form);
const [name, field] = [fields.input('user'), fields.input('text')];
const pending = find('pending');
let stream;

export function startWriting(over) {
  stream = over;
  if (!name.value) name.value = rememberedName();
}

const who = () => (name.value.trim() ? { user: name.value.trim() } : {});

/** Tells the others that we are here, and as whom. */
export function join() { stream.say('chat.join', who()); }

name.addEventListener('change', () => {
  rememberName(name.value);
  join();
});

// Every keystroke goes to the others. A text that is too long is refused when it is sent, and they see the last that was not.

field.addEventListener('input', () => {
  if (!isTooLong(field.value)) stream.mention('chat.draft', { text: field.value, ...who() });
});

field.addEventListener('keydown', (event) => {
  // While characters are being composed, Enter chooses one.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  send();
});

/** The field is free for the next message at once; what is refused comes back into it. */
async function send() {
  const text = field.value;
  fields.clear();
  find('form-error').textContent = '';
  find('form-status').textContent = '';
  field.focus();
  if (saysNothing(text)) {
    fields.complain('text', 'Write something first.');
    return;
  }
  const data = { text, ...who() };
  const row = makeUnsentRow();
  fillUnsent(row, { socket: stream.state === 'live' ? stream.socketId : '', ...data });
  row.dataset.text = text;
  keepingPlace(() => {
    pending.append(row);
    pending.hidden = false;
  });
  toTheEnd();
  removeMarker();
  field.value = '';
  // In the place of what may still wait to be shown to the others.
  stream.mention('chat.draft', { text: '', ...who() });
  if (stream.state === 'offline') find('form-status').textContent = 'Offline. It is sent when the connection is back.';
  try {
    await stream.command('message.post', data);
  } catch (error) {
    field.value = field.value ? `${text}\n${field.value}` : text;
    if (!fields.complain(error.field ?? '', error.message)) find('form-error').textContent = error.message;
  } finally {
    takeOff(row);
  }
}

/** Messages have come; ours need no longer be told as under way. */
export function settlePending({ socket, text }) {
  if (socket !== stream.socketId) return;
  const row = Array.from(pending.children).find((row) => row.dataset.text === text);
  if (row) takeOff(row);
}

function takeOff(row) {
  keepingPlace(() => {
    row.remove();
    pending.hidden = pending.childElementCount === 0;
  });
  if (pending.hidden) find('form-status').textContent = '';
}
