/**
 * Reads events from the log and sends commands, over Socket.IO.
 *
 * The stream keeps the position of the last event and reconnects with it, so a page gets every event
 * once and in order, whatever the connection does. A command that got no answer before the connection
 * broke is sent again with the same idempotency id, so it takes effect once.
 */

import { io } from '/socket.io/socket.io.esm.js';

const ackTimeout = 10_000;
const mostSends = 4;
const mostPending = 200;

const ended = { code: 'closed', message: 'the stream has ended; no more commands are accepted' };

/** The error of a command that failed: `code`, `message` and, if one field is wrong, `field`. */
export class CommandError extends Error {
  constructor({ code, message, field }) {
    super(message);
    this.name = 'CommandError';
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
  #latest;
  #isSendingLatest = false;

  /**
   * @param {object} options
   * @param {string} options.position The last event that the page already has: `logid:offset`.
   * @param {(event: object) => void} options.onEvent Called for each event, in order: `type`, `data`
   *   and the fields of `meta` (`offset`, `time`, `topic`, `id`, `source`).
   * @param {(state: string) => void} [options.onState] `live`, `catching-up`, `offline`, or `closed` when the
   *   server has ended the stream for good.
   * @param {(reset: object) => Promise<string>} [options.reload] Called when the position is unknown in
   *   the log: loads the state again and returns the position of that state. Without `reload`, `onReset` is
   *   called, and then `onEvent` for every event of the log.
   * @param {(reset: object) => void} [options.onReset]
   * @param {(name: string, data: object) => void} [options.onMessage] Called for messages that are not
   *   events, such as what others are typing: they have no offset, and some of them may be lost.
   * @param {string} [options.namespace] @param {string[]} [options.topics] @param {string[]} [options.types]
   */
  constructor(options) {
    const { namespace = '/', position, topics, types } = options;
    this.#options = options;
    this.#setPosition(position);
    this.#socket = io(namespace, {
      autoConnect: false,
      auth: (give) => give({ after: this.position, topics, types }),
    });
    this.#socket.on('connect', () => this.#connected());
    this.#socket.on('disconnect', (reason) => {
      this.#latest = undefined;
      this.#isSendingLatest = false;
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
  /** The underlying Socket.IO manager, for counting its traffic. */
  get manager() { return this.#socket.io; }
  /** The id under which others see this client in the namespace; undefined without a connection. */
  get socketId() { return this.#socket.id; }

  open() {
    if (this.#running) return;
    this.#running = true;
    // A page in the back-forward cache must not hold a connection; the page reconnects when it is shown again.
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
   * @throws {CommandError} With the server's code; or `timeout` (the command may or may not have taken
   *   effect), `too-many-pending`, or `closed` when the stream had ended (the command had no effect).
   */
  command(name, data) {
    if (this.#state === 'closed') return Promise.reject(new CommandError(ended));
    if (this.#pending.size >= mostPending) {
      return Promise.reject(new CommandError({
        code: 'too-many-pending',
        message: `${mostPending} commands are already waiting for the connection.`,
      }));
    }
    return new Promise((resolve, reject) => {
      const command = { name, data, id: randomId(), sends: 0, resolve, reject };
      this.#pending.add(command);
      this.#sendCommand(command);
    });
  }

  /** Sends a message that is not a command. Without a connection the message is dropped. */
  send(name, data) {
    if (this.#socket.connected) this.#socket.emit(name, data);
  }

  /**
   * Sends a message that the next one replaces, such as a draft. While a message waits for its answer, only the newest
   * of the following messages is kept, and sent afterwards.
   */
  sendLatest(name, data) {
    if (!this.#socket.connected) return;
    this.#latest = { name, data };
    this.#sendNext();
  }

  #sendNext() {
    if (this.#isSendingLatest || !this.#latest) return;
    const { name, data } = this.#latest;
    this.#latest = undefined;
    this.#isSendingLatest = true;
    this.#socket.emit(name, data, () => {
      this.#isSendingLatest = false;
      this.#sendNext();
    });
  }

  // The connection

  #stop() {
    this.#running = false;
    removeEventListener('pagehide', this.#leave);
    removeEventListener('pageshow', this.#return);
  }

  /** A stream ends after its last event, so the events of commands that took effect have arrived by now. */
  #end() {
    this.#stop();
    this.#enter('closed');
    for (const command of this.#pending) command.reject(new CommandError(ended));
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
    for (const command of this.#pending) this.#sendCommand(command);
  }

  // Messages from the server

  #receive(type, data, meta) {
    // Only an event has a topic.
    if (!meta?.topic) {
      this.#options.onMessage?.(type, data);
      return;
    }
    if (meta.offset <= this.#offset) return;
    this.#offset = meta.offset;
    this.#options.onEvent({ ...meta, type, data });
    // The event of a command confirms the command too, if the answer itself was lost.
    if (meta.id) this.#confirm(meta);
  }

  #replayed(position) {
    this.#setPosition(position);
    this.#enter('live');
  }

  async #reset(reset) {
    const { reload, onReset } = this.#options;
    this.#enter('catching-up');
    if (!reload) {
      this.#setPosition(reset.position);
      onReset?.(reset);
      return;
    }
    this.#socket.disconnect();
    try {
      this.#setPosition(await reload(reset));
    } catch {
      // The old position is kept: the server sends `reset` again on the next connection.
      this.#enter('offline');
    }
    if (this.#running) this.#socket.connect();
  }

  #setPosition(position) {
    const [logId, offset] = position.includes(':') ? position.split(':') : ['', position];
    this.#logId = logId;
    this.#offset = Number(offset) || 0;
  }

  // Commands

  #sendCommand(command) {
    if (!this.#socket.connected) return;
    command.sends += 1;
    const { name, data, id } = command;
    this.#socket.timeout(ackTimeout).emit(name, data, { id }, (failure, answer) => {
      if (!this.#pending.has(command)) return;
      if (failure) this.#unanswered(command);
      else this.#settle(command, answer);
    });
  }

  /** Without a connection the command waits for the next one; otherwise it is sent again with the same id. */
  #unanswered(command) {
    if (!this.#socket.connected) return;
    if (command.sends < mostSends) {
      this.#sendCommand(command);
      return;
    }
    this.#pending.delete(command);
    command.reject(new CommandError({
      code: 'timeout',
      message: 'The server did not answer. Check the list before you try again.',
    }));
  }

  #confirm({ id, offset }) {
    for (const command of this.#pending) if (command.id === id) this.#settle(command, { offset });
  }

  #settle(command, { offset, error }) {
    this.#pending.delete(command);
    if (error) command.reject(new CommandError(error));
    else command.resolve(offset);
  }
}

/** 128 random bits; `crypto.randomUUID` is missing on plain HTTP beyond loopback. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
