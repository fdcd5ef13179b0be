/**
 * A page's end of the log: events from a position on, commands with acks, over a plain WebSocket.
 *
 * The stream keeps the position of the last event it handed on and joins again from there, so
 * a page sees every event once and in order, whatever the connection does. A command that was
 * not answered before the connection broke is sent again under the same idempotency id, so
 * it takes effect once.
 */

const firstDelay = 400;
const longestDelay = 15_000;
const openTimeout = 10_000;
const ackTimeout = 10_000;
const mostSends = 4;
const mostPending = 200;

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
  #logId = '';
  #offset = 0;
  #socket = null;
  #timer = 0;
  #failures = 0;
  #running = false;
  #reloading = false;
  #state = 'catching-up';
  #lastRef = 0;
  #pending = new Map();

  /**
   * @param {object} options
   * @param {string} options.position What the page already has: `logid:offset`.
   * @param {(event: object) => void} options.onEvent Called for each event, in order.
   * @param {(state: string) => void} [options.onState] `live`, `catching-up` or `offline`.
   * @param {(reset: object) => Promise<string>} [options.reload] Called when the log does not know
   *   the position: loads the state anew and answers its position. Without it the full history
   *   is handed to `onEvent`, after `onReset`.
   * @param {() => void} [options.onReset]
   * @param {string} [options.path] @param {string} [options.topics] @param {string} [options.types]
   */
  constructor(options) {
    this.#options = { path: '/api/events', ...options };
    this.#moveTo(options.position);
  }

  get position() { return this.#logId ? `${this.#logId}:${this.#offset}` : String(this.#offset); }
  get offset() { return this.#offset; }
  get state() { return this.#state; }

  open() {
    if (this.#running) return;
    this.#running = true;
    // A page in the back-forward cache must not hold a connection; it takes up again when shown.
    addEventListener('pagehide', this.#leave);
    addEventListener('pageshow', this.#hurry);
    addEventListener('online', this.#hurry);
    addEventListener('offline', this.#doubt);
    document.addEventListener('visibilitychange', this.#hurry);
    this.#connect();
  }

  close() {
    this.#running = false;
    removeEventListener('pagehide', this.#leave);
    removeEventListener('pageshow', this.#hurry);
    removeEventListener('online', this.#hurry);
    removeEventListener('offline', this.#doubt);
    document.removeEventListener('visibilitychange', this.#hurry);
    this.#drop();
    this.#enter('offline');
  }

  /**
   * Sends a command, now or as soon as there is a connection.
   * @returns {Promise<number>} The offset at which it is durable.
   * @throws {Refused} With the server's code, or `timeout` (it may or may not have been carried
   *   out) or `too-many-pending`.
   */
  command(name, data) {
    if (this.#pending.size >= mostPending) {
      return Promise.reject(new Refused({
        code: 'too-many-pending',
        message: `${mostPending} commands already wait for the connection.`,
      }));
    }
    return new Promise((resolve, reject) => {
      const ref = ++this.#lastRef;
      const text = JSON.stringify({ command: name, data, id: randomId(), ref });
      this.#pending.set(ref, { text, resolve, reject, sends: 0, timer: 0 });
      this.#send(ref);
    });
  }

  // The connection

  #connect() {
    clearTimeout(this.#timer);
    if (!this.#running || this.#socket || this.#reloading) return;
    const socket = new WebSocket(this.#address());
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#retry(), openTimeout);
    socket.onopen = () => {
      clearTimeout(this.#timer);
      this.#enter('catching-up');
      for (const ref of this.#pending.keys()) this.#send(ref);
    };
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => this.#retry();
  }

  #address() {
    const { path, topics, types } = this.#options;
    const url = new URL(path, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.searchParams.set('after', this.position);
    if (topics) url.searchParams.set('topics', topics);
    if (types) url.searchParams.set('types', types);
    return url;
  }

  #retry() {
    this.#drop();
    this.#enter('offline');
    this.#connectLater();
  }

  /** Half of the delay is chance, so that a thousand pages do not return in the same instant. */
  #connectLater() {
    const delay = Math.min(longestDelay, firstDelay * 2 ** this.#failures++);
    this.#timer = setTimeout(() => this.#connect(), delay * (0.5 + Math.random() / 2));
  }

  #drop() {
    clearTimeout(this.#timer);
    for (const command of this.#pending.values()) clearTimeout(command.timer);
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #leave = () => {
    this.#drop();
    this.#enter('offline');
  };

  /** Without a network a socket stays open until something is sent; a new one tells the truth. */
  #doubt = () => {
    if (this.#socket) this.#retry();
  };

  #hurry = () => {
    if (!this.#socket && document.visibilityState === 'visible') {
      this.#failures = 0;
      this.#connect();
    }
  };

  #enter(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }

  // What the server says

  #receive(message) {
    // Only an event has a topic; an ack has an offset too, but it is not the next of the stream.
    if ('topic' in message) {
      if (message.offset <= this.#offset) return;
      this.#offset = message.offset;
      this.#options.onEvent(message);
    } else if (message.type === 'ack') {
      this.#settle(message);
    } else if (message.type === 'replayed') {
      this.#moveTo(message.position);
      this.#failures = 0;
      this.#enter('live');
    } else if (message.type === 'reset') {
      this.#reset(message);
    }
  }

  async #reset(message) {
    const { reload, onReset } = this.#options;
    if (!reload) {
      this.#moveTo(`${logIdOf(message.position)}:0`);
      this.#enter('catching-up');
      onReset?.();
      return;
    }
    this.#drop();
    this.#enter('catching-up');
    this.#reloading = true;
    try {
      this.#moveTo(await reload(message));
    } catch {
      // The old position still stands: the next connection is told `reset` again.
      this.#enter('offline');
    }
    this.#reloading = false;
    this.#connectLater();
  }

  #moveTo(position) {
    this.#logId = logIdOf(position);
    this.#offset = Number(position.slice(position.indexOf(':') + 1)) || 0;
  }

  // Commands

  #send(ref) {
    const command = this.#pending.get(ref);
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    command.sends += 1;
    command.timer = setTimeout(() => this.#unanswered(ref), ackTimeout);
    this.#socket.send(command.text);
  }

  /** A connection that leaves a command unanswered is taken for dead and replaced. */
  #unanswered(ref) {
    const command = this.#pending.get(ref);
    if (command.sends >= mostSends) {
      this.#pending.delete(ref);
      command.reject(new Refused({
        code: 'timeout',
        message: 'The server did not answer. Look at the list before you try again.',
      }));
    }
    this.#retry();
  }

  #settle({ ref, offset, error }) {
    const command = this.#pending.get(ref);
    if (!command) return;
    this.#pending.delete(ref);
    clearTimeout(command.timer);
    if (error) command.reject(new Refused(error));
    else command.resolve(offset);
  }
}

function logIdOf(position) {
  return position.includes(':') ? position.slice(0, position.indexOf(':')) : '';
}

/** 128 random bits; `crypto.randomUUID` is missing on plain HTTP beyond loopback. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
