/**
 * A page's end of the log: events from a position on, commands with acks, over Socket.IO.
 *
 * The stream keeps the position of the last event it handed on and joins again from there, so
 * a page sees every event once and in order, whatever the connection does. A command that was
 * not answered before the connection broke is sent again under the same idempotency id, so
 * it takes effect once.
 */

import { io } from '/socket.io/socket.io.esm.js';

const ackTimeout = 10_000;
const mostSends = 4;
const mostPending = 200;

const ended = { code: 'closed', message: 'this has closed; nothing more is taken' };

/** A command that was not carried out: `code`, `message` and, where one field is to blame, `field`. */
export class Refused extends Error {
  constructor({ code, message, field }) {
    super(message);
    this.name = 'Refused';
    this.code = code;
    this.field = field;
  }
}

export class EventStream {
  #options;
  #socket;
  #logId = '';
  #offset = 0;
  #state = 'catching-up';
  #running = false;
  #pending = new Set();
  #mentioned;
  #isMentioning = false;

  /**
   * @param {object} options
   * @param {string} options.position What the page already has: `logid:offset`.
   * @param {(event: object) => void} options.onEvent Called for each event, in order: `type`, `data`
   *   and what `meta` tells (`offset`, `time`, `topic`, `id`, `source`).
   * @param {(state: string) => void} [options.onState] `live`, `catching-up`, `offline`, or `closed` when the
   *   server has ended the stream: it does not come back.
   * @param {(reset: object) => Promise<string>} [options.reload] Called when the log does not know
   *   the position: loads the state anew and answers its position. Without it the full history
   *   is handed to `onEvent`, after `onReset`.
   * @param {(reset: object) => void} [options.onReset]
   * @param {(name: string, data: object) => void} [options.onSaid] Called for what others say that is no event,
   *   such as what they are writing: it has no offset, and some of it may be missing.
   * @param {string} [options.namespace] @param {string[]} [options.topics] @param {string[]} [options.types]
   */
  constructor(options) {
    const { namespace = '/', position, topics, types } = options;
    this.#options = options;
    this.#moveTo(position);
    this.#socket = io(namespace, {
      autoConnect: false,
      auth: (give) => give({ after: this.position, topics, types }),
    });
    this.#socket.on('connect', () => this.#connected());
    this.#socket.on('disconnect', (reason) => {
      this.#mentioned = undefined;
      this.#isMentioning = false;
      if (reason === 'io server disconnect') this.#end();
      else this.#enter('offline');
    });
    this.#socket.on('connect_error', () => this.#enter('offline'));
    this.#socket.on('replayed', ({ position: reached }) => this.#replayed(reached));
    this.#socket.on('reset', (reset) => this.#reset(reset));
    this.#socket.onAny((type, data, meta) => this.#receive(type, data, meta));
  }

  get position() { return this.#logId ? `${this.#logId}:${this.#offset}` : String(this.#offset); }
  get offset() { return this.#offset; }
  get state() { return this.#state; }
  /** The Socket.IO manager beneath, for who counts what passes. */
  get manager() { return this.#socket.io; }
  /** How others know this end of the namespace, as long as it is connected. */
  get socketId() { return this.#socket.id; }

  open() {
    if (this.#running) return;
    this.#running = true;
    // A page in the back-forward cache must not hold a connection; it takes up again when shown.
    addEventListener('pagehide', this.#leave);
    addEventListener('pageshow', this.#return);
    this.#socket.connect();
  }

  close() {
    this.#stop();
    this.#socket.disconnect();
    this.#enter('offline');
  }

  /**
   * Sends a command, now or as soon as there is a connection.
   * @returns {Promise<number>} The offset at which it is durable.
   * @throws {Refused} With the server's code, or `timeout` (it may or may not have been carried
   *   out), `too-many-pending`, or `closed` when the stream had ended (it was not carried out).
   */
  command(name, data) {
    if (this.#state === 'closed') return Promise.reject(new Refused(ended));
    if (this.#pending.size >= mostPending) {
      return Promise.reject(new Refused({
        code: 'too-many-pending',
        message: `${mostPending} commands already wait for the connection.`,
      }));
    }
    return new Promise((resolve, reject) => {
      const command = { name, data, id: randomId(), sends: 0, resolve, reject };
      this.#pending.add(command);
      this.#send(command);
    });
  }

  /** Says what is no command; nothing happens while there is no connection. */
  say(name, data) {
    if (this.#socket.connected) this.#socket.emit(name, data);
  }

  /** The same for what is soon out of date: while one waits for its answer only the newest of the others is kept, and sent then. */
  mention(name, data) {
    if (!this.#socket.connected) return;
    this.#mentioned = { name, data };
    this.#mentionNext();
  }

  #mentionNext() {
    if (this.#isMentioning || !this.#mentioned) return;
    const { name, data } = this.#mentioned;
    this.#mentioned = undefined;
    this.#isMentioning = true;
    this.#socket.emit(name, data, () => {
      this.#isMentioning = false;
      this.#mentionNext();
    });
  }

  // The connection

  #stop() {
    this.#running = false;
    removeEventListener('pagehide', this.#leave);
    removeEventListener('pageshow', this.#return);
  }

  /** What was carried out has been seen by now: a stream ends behind its last event. */
  #end() {
    this.#stop();
    this.#enter('closed');
    for (const command of this.#pending) command.reject(new Refused(ended));
    this.#pending.clear();
  }

  #leave = () => this.#socket.disconnect();

  #return = () => {
    if (!this.#socket.connected) this.#socket.connect();
  };

  #enter(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }

  #connected() {
    this.#enter('catching-up');
    for (const command of this.#pending) this.#send(command);
  }

  // What the server says

  #receive(type, data, meta) {
    // Only an event has a topic.
    if (!meta?.topic) {
      this.#options.onSaid?.(type, data);
      return;
    }
    if (meta.offset <= this.#offset) return;
    this.#offset = meta.offset;
    this.#options.onEvent({ ...meta, type, data });
    // The event of a command is as good an answer, and comes when the answer itself was lost.
    if (meta.id) this.#answered(meta);
  }

  #replayed(position) {
    this.#moveTo(position);
    this.#enter('live');
  }

  async #reset(reset) {
    const { reload, onReset } = this.#options;
    this.#enter('catching-up');
    if (!reload) {
      this.#moveTo(reset.position);
      onReset?.(reset);
      return;
    }
    this.#socket.disconnect();
    try {
      this.#moveTo(await reload(reset));
    } catch {
      // The old position still stands: the next connection is told `reset` again.
      this.#enter('offline');
    }
    if (this.#running) this.#socket.connect();
  }

  #moveTo(position) {
    const [logId, offset] = position.includes(':') ? position.split(':') : ['', position];
    this.#logId = logId;
    this.#offset = Number(offset) || 0;
  }

  // Commands

  #send(command) {
    if (!this.#socket.connected) return;
    command.sends += 1;
    const { name, data, id } = command;
    this.#socket.timeout(ackTimeout).emit(name, data, { id }, (failure, answer) => {
      if (!this.#pending.has(command)) return;
      if (failure) this.#unanswered(command);
      else this.#settle(command, answer);
    });
  }

  /** Without a connection it waits for the next one; over a connection it is sent again, under the same id. */
  #unanswered(command) {
    if (!this.#socket.connected) return;
    if (command.sends < mostSends) {
      this.#send(command);
      return;
    }
    this.#pending.delete(command);
    command.reject(new Refused({
      code: 'timeout',
      message: 'The server did not answer. Look at the list before you try again.',
    }));
  }

  #answered({ id, offset }) {
    for (const command of this.#pending) if (command.id === id) this.#settle(command, { offset });
  }

  #settle(command, { offset, error }) {
    this.#pending.delete(command);
    if (error) command.reject(new Refused(error));
    else command.resolve(offset);
  }
}

/** 128 random bits; `crypto.randomUUID` is missing on plain HTTP beyond loopback. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
