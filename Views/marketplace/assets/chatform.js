/** The form for a message: the others see the text while the visitor types, and the log gets the message when it is sent. */

import { fillUnsent, isBlank, isTooLong, makeUnsentRow } from './chatlist.js';
import { keepScrollPosition, removeMarker, scrollToEnd } from './chatscroll.js';
import { FieldForm, rememberedName, rememberName } from './fieldform.js';

const find = (id) => document.getElementById(id);
const form = find('write');
const fields = new FieldForm(form);
const [name, field] = [fields.input('user'), fields.input('text')];
const pending = find('pending');
let stream;

export function startForm(eventStream) {
  stream = eventStream;
  if (!name.value) name.value = rememberedName();
}

const sender = () => (name.value.trim() ? { user: name.value.trim() } : {});

/** Sends the name of this participant to the others. */
export function join() { stream.send('chat.join', sender()); }

name.addEventListener('change', () => {
  rememberName(name.value);
  join();
});

// The others see every keystroke. A text that is too long gets an error when it is sent; until then the others see its last
// version that was not too long.

field.addEventListener('input', () => {
  if (!isTooLong(field.value)) stream.sendLatest('chat.draft', { text: field.value, ...sender() });
});

field.addEventListener('keydown', (event) => {
  // In an input method, Enter chooses a character.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  send();
});

/** Clears the field immediately for the next message. A message that fails is put back into the field. */
async function send() {
  const text = field.value;
  fields.clearErrors();
  find('form-error').textContent = '';
  find('form-status').textContent = '';
  field.focus();
  if (isBlank(text)) {
    fields.showError('text', 'Enter a message.');
    return;
  }
  const data = { text, ...sender() };
  const row = makeUnsentRow();
  fillUnsent(row, { socket: stream.state === 'live' ? stream.socketId : '', ...data });
  row.dataset.text = text;
  keepScrollPosition(() => {
    pending.append(row);
    pending.hidden = false;
  });
  scrollToEnd();
  removeMarker();
  field.value = '';
  // Replaces a draft that may still wait to be sent.
  stream.sendLatest('chat.draft', { text: '', ...sender() });
  if (stream.state === 'offline') find('form-status').textContent = 'Offline. The message will be sent when the connection is back.';
  try {
    await stream.command('message.post', data);
  } catch (error) {
    field.value = field.value ? `${text}\n${field.value}` : text;
    if (!fields.showError(error.field ?? '', error.message)) find('form-error').textContent = error.message;
  } finally {
    removeUnsent(row);
  }
}

/** Removes the unsent row of an own message that has arrived. */
export function removeSentMessage({ socket, text }) {
  if (socket !== stream.socketId) return;
  const row = Array.from(pending.children).find((row) => row.dataset.text === text);
  if (row) removeUnsent(row);
}

function removeUnsent(row) {
  keepScrollPosition(() => {
    row.remove();
    pending.hidden = pending.childElementCount === 0;
  });
  if (pending.hidden) find('form-status').textContent = '';
}
