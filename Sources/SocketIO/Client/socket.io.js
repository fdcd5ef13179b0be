'use strict';

/**
 * A Socket.IO client for browsers: protocol 5 over Engine.IO 4, with the names and the behaviour
 * of the official client of the 4.x line.
 *
 *     const socket = io('/chat', { auth: { token } });
 *     socket.on('connect', () => console.log(socket.id, socket.recovered));
 *     socket.on('news', (text) => …);
 *     const sum = await socket.timeout(5000).emitWithAck('sum', 1, 2);
 *
 * A `Socket` is one namespace. The sockets of a page that go to the same server share a `Manager`,
 * which keeps one connection alive and opens a new one when it is lost. Its `engine` is one
 * session: it starts with long polling and changes to a WebSocket when one works.
 *
 * An error of the page's own listeners is reported as an uncaught error, and an invalid packet of
 * the server ends the session with `parse error`. Neither affects anything else.
 */

/** The maximum number of events that wait for a connection or their namespace; more are refused. */
const maximumWaiting = 100_000;
const maximumAttachments = 1000;
/** A volatile event is dropped when this many bytes before it have not been sent yet. */
const congestion = 65_536;
/** The time in which a polling session that ends may send its last request. */
const closingTime = 5000;
/** Browsers fire longer timers at once. */
const longestTimer = 2 ** 31 - 1;
/** The version of the Socket.IO protocol. */
const protocol = 5;

/** The timers at this moment: tests replace them with their own clock. */
function currentTimers() {
  return { set: globalThis.setTimeout.bind(globalThis), clear: globalThis.clearTimeout.bind(globalThis) };
}

/** The browser's timers, for `useNativeTimers`. */
const nativeTimers = currentTimers();

class Emitter {
  // Arrays are replaced, never changed, so that a loop over one stays valid.
  #listeners = new Map();

  /** Calls `listener` for each `event`. */
  on(event, listener) {
    this.#listeners.set(event, [...this.listeners(event), listener]);
    return this;
  }

  /** Calls `listener` for the next `event` only. */
  once(event, listener) {
    const once = (...args) => {
      this.off(event, once);
      listener.apply(this, args);
    };
    return this.on(event, Object.assign(once, { listener }));
  }

  /** By the number of arguments, removes one listener (once, if it was added twice), all of an event, or all. */
  off(...args) {
    const [event, listener] = args;
    if (args.length === 0) this.#listeners.clear();
    else if (args.length === 1) this.#listeners.delete(event);
    else {
      const rest = withoutFirst(this.listeners(event), (each) => each === listener || each.listener === listener);
      if (rest.length) this.#listeners.set(event, rest);
      else this.#listeners.delete(event);
    }
    return this;
  }

  /** Calls the listeners of an event; a `Socket` has another `emit`, which sends. */
  emit(event, ...args) {
    this._dispatch(event, ...args);
    return this;
  }

  listeners(event) { return this.#listeners.get(event) ?? []; }
  hasListeners(event) { return this.listeners(event).length > 0; }

  /** @private */
  _dispatch(event, ...args) {
    for (const listener of this.listeners(event)) callSafely(this, listener, args);
  }
}

Emitter.prototype.addEventListener = Emitter.prototype.on;
for (const name of ['removeListener', 'removeAllListeners', 'removeEventListener']) {
  Emitter.prototype[name] = Emitter.prototype.off;
}

/** A copy without the first item that matches. */
function withoutFirst(listeners, fits) {
  const first = listeners.findIndex(fits);
  return listeners.filter((_, index) => index !== first);
}

/** Calls a function of the page, and reports its errors as uncaught. */
function callSafely(self, listener, args) {
  try {
    listener.apply(self, args);
  } catch (error) {
    report(error);
  }
}

function report(error) {
  if (typeof reportError === 'function') reportError(error);
  else console.error(error);
}

/** The manager of each server that this page talks to. */
const managers = new Map();

/**
 * A socket of the namespace that is the path of `uri`; it connects at once unless `autoConnect`
 * is false.
 *
 * @param {string} [uri] `https://host:port/namespace`, or `/namespace` on the page's own server.
 * @param {object} [options] Those of `Manager`, and: `auth` (an object, or a function that gets
 *   a callback for one, called for each connection), `forceNew` or `multiplex: false` (its own
 *   connection), `retries` and `ackTimeout` (one event at a time, again if not acknowledged in time).
 * @returns {Socket}
 */
function io(uri, options) {
  if (typeof uri === 'object' && uri !== null) return io(undefined, uri);
  const { server, namespace, query } = locate(uri);
  options = { ...options, query: { ...parameters(options?.query), ...query } };
  const key = `${server} ${options.path || '/socket.io'}`;
  const shared = managers.get(key);
  const isAlone = options.forceNew || options.multiplex === false || (shared && namespace in shared.nsps);
  const manager = (!isAlone && shared) || new Manager(server, options);
  if (!isAlone) managers.set(key, manager);
  return manager.socket(namespace, options);
}

/**
 * Splits an address in the forms that people write.
 *
 * The namespace stays as written, not percent-encoded. The server is the same text for the same server: without the
 * default port, and without a user, which requests may not contain.
 */
function locate(uri, { protocol, host } = globalThis.location ?? { protocol: 'http:', host: 'localhost' }) {
  let text = String(uri ?? '/');
  if (text.startsWith('//')) text = protocol + text;
  else if (text.startsWith('/')) text = `${protocol}//${host}${text}`;
  else if (!/^(?:http|ws)s?:\/\//.test(text)) text = `${protocol}//${text}`;
  const [, scheme, authority, path, query] = /^([^/]*)\/\/([^/?#]*)([^?#]*)\??([^#]*)/.exec(text);
  const defaultPort = /^(?:http|ws)s:/.test(scheme) ? /:(?:443)?$/ : /:(?:80)?$/;
  return {
    server: `${scheme.replace('ws', 'http')}//${authority.replace(/^.*@/, '').replace(defaultPort, '')}`,
    namespace: path || '/',
    query: parameters(query),
  };
}

/** The parameters of a query, which is an object or text; a `+` in a text is not a space, because tokens contain it. */
function parameters(query) {
  if (typeof query !== 'string') return query;
  return Object.fromEntries(new URLSearchParams(query.replaceAll('+', '%2B')));
}

/**
 * Keeps a connection to one server for all its namespaces.
 *
 * Events: `open`, `close` (reason, details), `error` (error), `ping`, `packet`; and while it
 * reconnects `reconnect_attempt` (number), `reconnect_error` (error), `reconnect_failed`,
 * `reconnect` (number).
 */
class Manager extends Emitter {
  opts; engine; nsps = {};
  /** @private */
  _timers;
  #server; #settings; #encode = encode; #decoder;
  #state = 'closed'; #isReconnecting = false; #isStopped = false; #attempts = 0;
  #cancelTimer = () => {};

  /**
   * @param {string} [uri]
   * @param {object} [options] `reconnection` (true), `reconnectionAttempts` (no limit),
   *   `reconnectionDelay` (1000 ms, doubled each time), `reconnectionDelayMax` (5000 ms),
   *   `randomizationFactor` (0.5), `timeout` (20000 ms for a connection to open, or false),
   *   `autoConnect` (true), `useNativeTimers` (false), `parser` (`{ Encoder, Decoder }` for another
   *   format of packets), and those of a session: `path` ("/socket.io"), `query` (an object or text),
   *   `transports` (["polling", "websocket"], or the module's `Fetch` and `WebSocket`),
   *   `upgrade` (true), `rememberUpgrade` (false), `tryAllTransports` (false),
   *   `extraHeaders` (polling only), `withCredentials` (false), `requestTimeout` (ms, polling only),
   *   `forceBase64` (false), `addTrailingSlash` (true), `timestampRequests`, `timestampParam` ("t"),
   *   `protocols`, `closeOnBeforeunload` (false), `transportOptions` (any of these for one transport).
   *   `opts` contains them; changes to those of a session apply from the next connection on.
   */
  constructor(uri, options) {
    super();
    if (typeof uri === 'object' && uri !== null) [uri, options] = [undefined, uri];
    const { server, query } = locate(uri);
    this.#server = server;
    this.opts = { ...options, path: options?.path || '/socket.io', query: { ...parameters(options?.query), ...query } };
    this._timers = options?.useNativeTimers ? nativeTimers : currentTimers();
    if (options?.parser) {
      const encoder = new options.parser.Encoder();
      this.#encode = (packet) => encoder.encode(packet);
    }
    this.#settings = {
      reconnection: options?.reconnection !== false,
      reconnectionAttempts: options?.reconnectionAttempts || Infinity,
      reconnectionDelay: options?.reconnectionDelay || 1000,
      reconnectionDelayMax: options?.reconnectionDelayMax || 5000,
      randomizationFactor: options?.randomizationFactor ?? 0.5,
      timeout: options?.timeout ?? 20_000,
    };
    if (this.#connectsItself) this.open();
  }

  // Each of these sets a value, or returns it if called without one.
  reconnection(...value) {
    // A timer may be set for the next attempt already.
    if (value.length && !value[0] && this.#state === 'closed') {
      this.#cancelTimer();
      this.#isReconnecting = false;
    }
    return this.#setting('reconnection', value.map(Boolean));
  }
  reconnectionAttempts(...value) { return this.#setting('reconnectionAttempts', value); }
  reconnectionDelay(...value) { return this.#setting('reconnectionDelay', value); }
  reconnectionDelayMax(...value) { return this.#setting('reconnectionDelayMax', value); }
  randomizationFactor(...value) { return this.#setting('randomizationFactor', value); }
  timeout(...value) { return this.#setting('timeout', value); }

  get _readyState() { return this.#state; }
  get _reconnecting() { return this.#isReconnecting; }

  /** The socket of a namespace; always the same one. */
  socket(namespace, options) {
    const socket = (this.nsps[namespace] ??= new Socket(this, namespace, options));
    if (this.#connectsItself && !socket.active) socket.connect();
    return socket;
  }

  /** Opens a connection if there is none; `callback` gets an error or nothing. */
  open(callback) {
    if (this.#state !== 'closed') return this;
    this.#state = 'opening';
    this.#isStopped = false;
    this.#decoder = this.#makeDecoder();
    this.engine = new Engine(this.#server, this.opts, this._timers, {
      opened: () => this.#opened(callback),
      pinged: () => this._dispatch('ping'),
      received: (data) => this.#decoder.add(data),
      ended: (reason, details) => {
        const error = details instanceof Error ? details : new Error(reason);
        if (this.#state === 'opening') this.#failed(error, callback);
        else this.#closed(reason, details);
      },
    });
    const { timeout } = this.#settings;
    if (timeout !== false) this.#later(timeout, () => this.#failed(new Error('timeout'), callback));
    return this;
  }

  connect(callback) { return this.open(callback); }

  /** Closes the connection of all namespaces, and does not reconnect. */
  disconnect() {
    this.#isStopped = true;
    this.#isReconnecting = false;
    this.#closed('forced close');
  }

  /** @private */
  _send(packet) {
    for (const frame of this.#encode(packet)) this.engine.write(frame, packet.options);
  }

  /** @private A socket no longer needs the connection. */
  _left() {
    if (!Object.values(this.nsps).some((socket) => socket.active)) this.disconnect();
  }

  get #connectsItself() { return this.opts.autoConnect !== false; }

  #setting(name, [value]) {
    if (value === undefined) return this.#settings[name];
    this.#settings[name] = value;
    return this;
  }

  /** Informs the sockets first, then the listeners of the manager. */
  #notify(event, ...args) {
    for (const socket of Object.values(this.nsps)) {
      if (socket.active) socket._told(event, args);
    }
    this._dispatch(event, ...args);
  }

  #opened(callback) {
    this.#cancelTimer();
    this.#state = 'open';
    this.#notify('open');
    this.#isReconnecting = false;
    if (callback) callSafely(this, callback, []);
    this.#attempts = 0;
  }

  /** The connection could not be opened. */
  #failed(error, callback) {
    this.#drop();
    // A listener that connects again at once must not shorten the delay.
    const reconnects = !callback && this.#settings.reconnection && !this.#isReconnecting && this.#attempts === 0;
    this.#isReconnecting ||= reconnects;
    this.#notify('error', error);
    this.#isReconnecting = false;
    if (callback) callSafely(this, callback, [error]);
    else if (reconnects) this.#reconnect();
  }

  #closed(reason, details) {
    this.#drop();
    this.#attempts = 0;
    if (reason === 'transport error') this.#notify('error', details);
    this.#notify('close', reason, details);
    this.#reconnect();
  }

  #drop() {
    this.#cancelTimer();
    this.#state = 'closed';
    this.engine?._release();
    this.#decoder?.destroy?.();
    this.#decoder = undefined;
  }

  #makeDecoder() {
    const received = (packet) => this.#received(packet);
    if (!this.opts.parser) return new Assembler(received);
    const decoder = new this.opts.parser.Decoder();
    decoder.on('decoded', received);
    return decoder;
  }

  #received(packet) {
    // Another parser may recognize packets with attachments by their type.
    if (packet.type > CONNECT_ERROR) packet.type -= binaryShift;
    const socket = this.nsps[packet.nsp];
    if (socket?.active) socket._received(packet);
    this._dispatch('packet', packet);
  }

  #reconnect() {
    if (!this.#settings.reconnection || this.#isStopped || this.#isReconnecting || this.#state !== 'closed') return;
    if (this.#attempts >= this.#settings.reconnectionAttempts) {
      this.#attempts = 0;
      this._dispatch('reconnect_failed');
      return;
    }
    this.#isReconnecting = true;
    this.#later(this.#delay(this.#attempts), () => this.#attempt(), 'online');
    this.#attempts += 1;
  }

  /** Random, so that a thousand pages do not reconnect at the same moment, also at the longest delay. */
  #delay(attempts) {
    const { reconnectionDelay, reconnectionDelayMax, randomizationFactor } = this.#settings;
    const longest = reconnectionDelayMax / (1 + randomizationFactor);
    const chance = randomizationFactor * (2 * Math.random() - 1);
    return Math.min(reconnectionDelay * 2 ** attempts, longest) * (1 + chance);
  }

  #attempt() {
    this._dispatch('reconnect_attempt', this.#attempts);
    // A listener may have closed the manager or turned reconnection off.
    if (this.#isStopped || !this.#settings.reconnection) return;
    this.open((error) => {
      if (!error) return this._dispatch('reconnect', this.#attempts);
      this.#reconnect();
      this._dispatch('reconnect_error', error);
    });
  }

  /** Calls back after a time, or earlier at an event of the window. At most one call waits. */
  #later(delay, action, event) {
    const run = () => {
      this.#cancelTimer();
      action();
    };
    this.#cancelTimer();
    const timer = this._timers.set(run, Math.min(delay, longestTimer));
    if (event) globalThis.addEventListener?.(event, run);
    this.#cancelTimer = () => {
      this._timers.clear(timer);
      if (event) globalThis.removeEventListener?.(event, run);
    };
  }
}

const reserved = new Set(['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener']);

/**
 * One namespace of a connection.
 *
 * Events: `connect`, `connect_error` (error, with the server's `data`), `disconnect` (reason,
 * details), and whatever the server emits.
 */
class Socket extends Emitter {
  /** The manager, and the namespace. */
  io; nsp;
  /** Sent at each connection: an object, or a function that gets a callback for one. */
  auth;
  /** The server's id of this socket, while it is connected. */
  id;
  connected = false;
  /** Whether this connection continues exactly where the one before ended. */
  recovered = false;
  sendBuffer = []; receiveBuffer = [];
  #options; #isActive = false; #flags = {}; #pid; #offset;
  #acks = new Map(); #lastAck = -1; #queue = [];
  #catchAll = { incoming: [], outgoing: [] };

  constructor(manager, namespace, options) {
    super();
    this.io = manager;
    this.nsp = namespace;
    this.auth = options?.auth;
    this.#options = { ...options };
  }

  get disconnected() { return !this.connected; }

  /** Whether it is connected, or will connect by itself. */
  get active() { return this.#isActive; }

  connect() {
    const waits = this.#isActive;
    this.#isActive = true;
    if (!this.connected && !this.io._reconnecting) this.io.open();
    if (!waits && this.io._readyState === 'open') this.#opened();
    return this;
  }

  open() { return this.connect(); }

  /** Leaves the namespace; the connection ends with its last namespace. */
  disconnect() {
    if (this.connected) this.io._send({ type: DISCONNECT, nsp: this.nsp });
    this.#leave();
    if (this.connected) this.#closed('io client disconnect');
    return this;
  }

  close() { return this.disconnect(); }

  /**
   * Sends an event, now or as soon as the namespace is connected. Arguments are anything that JSON can
   * represent, with `ArrayBuffer`, typed arrays, `Blob` and `File` anywhere in them. A function at the
   * end gets the answer: `(...answer)`, or `(error, ...answer)` after `timeout`.
   *
   * @throws {Error} For a reserved name, and for arguments that JSON cannot represent, if the event is sent now. Later
   *   this is reported as an uncaught error, or to the function at the end if it gets errors.
   */
  emit(event, ...args) {
    if (reserved.has(event)) throw new Error(`"${event}" is a reserved event name`);
    const flags = this.#flags;
    this.#flags = {};
    const data = [event, ...args];
    const ack = typeof args.at(-1) === 'function' ? data.pop() : undefined;
    if (this.#options.retries && !flags.volatile) this.#enqueue(data, ack, flags);
    else this.#emit(data, ack, flags);
    return this;
  }

  /** Like `emit`, with a promise of the answer; it fails after `timeout`, or when the connection is lost. */
  emitWithAck(event, ...args) {
    return new Promise((resolve, reject) => {
      const settle = (error, answer) => (error ? reject(error) : resolve(answer));
      this.emit(event, ...args, Object.assign(settle, { withError: true }));
    });
  }

  send(...args) { return this.emit('message', ...args); }

  /** For the next event: its callback gets an error if no answer comes in this many milliseconds. */
  timeout(duration) { return this.#flag('timeout', duration); }

  /** For the next event: drop it unless it can be sent at once. */
  get volatile() { return this.#flag('volatile', true); }

  /** For the next event. No effect: the browser decides about compression. */
  compress(flag) { return this.#flag('compress', flag); }

  // Listeners for all events, called with the event's name first.
  onAny(listener) { return this.#catch('incoming', (all) => [...all, listener]); }
  prependAny(listener) { return this.#catch('incoming', (all) => [listener, ...all]); }
  offAny(listener) { return this.#catch('incoming', (all) => without(all, listener)); }
  listenersAny() { return this.#catchAll.incoming; }
  onAnyOutgoing(listener) { return this.#catch('outgoing', (all) => [...all, listener]); }
  prependAnyOutgoing(listener) { return this.#catch('outgoing', (all) => [listener, ...all]); }
  offAnyOutgoing(listener) { return this.#catch('outgoing', (all) => without(all, listener)); }
  listenersAnyOutgoing() { return this.#catchAll.outgoing; }

  #flag(name, value) {
    this.#flags[name] = value;
    return this;
  }

  #catch(way, change) {
    this.#catchAll[way] = change(this.#catchAll[way]);
    return this;
  }

  #emit(data, ack, flags) {
    // A computer that was asleep may have lost its connection without noticing.
    this.io.engine?._checkHeartbeat();
    const isDropped = flags.volatile && !(this.connected && this.io.engine.transport.writable);
    const packet = { type: EVENT, nsp: this.nsp, data, options: { compress: flags.compress !== false } };
    const timeout = flags.timeout ?? this.#options.ackTimeout;
    const withError = timeout !== undefined || ack?.withError;
    // A callback that gets errors waits for one when the event is dropped, too.
    if (ack && (withError || !isDropped)) packet.id = this.#expect(ack, timeout, withError);
    if (isDropped) return;
    if (this.connected) this.#sendNow(packet);
    else if (this.sendBuffer.length < maximumWaiting) this.sendBuffer.push(packet);
    else this.#refuse(packet, new Error(`${maximumWaiting} events already wait for a connection`));
  }

  #send(packet) {
    for (const listener of this.#catchAll.outgoing) callSafely(this, listener, packet.data);
    this.io._send(packet);
  }

  #sendNow(packet) {
    try {
      this.#send(packet);
    } catch (error) {
      this.#takeAck(packet.id);
      throw error;
    }
  }

  #sendLater(packet) {
    try {
      this.#send(packet);
    } catch (error) {
      this.#refuse(packet, error);
    }
  }

  /** An event that can never be sent. */
  #refuse({ id }, error) {
    const ack = this.#takeAck(id);
    if (ack?.withError) callSafely(this, ack.listener, [error]);
    else report(error);
  }

  #expect(listener, timeout, withError) {
    const id = ++this.#lastAck;
    const giveUp = () => {
      this.#takeAck(id);
      this.sendBuffer = this.sendBuffer.filter((packet) => packet.id !== id);
      callSafely(this, listener, [new Error('operation has timed out')]);
    };
    const timer = timeout === undefined ? undefined : this.io._timers.set(giveUp, Math.min(timeout, longestTimer));
    this.#acks.set(id, { listener, withError, timer });
    return id;
  }

  #takeAck(id) {
    const ack = this.#acks.get(id);
    this.#acks.delete(id);
    this.io._timers.clear(ack?.timer);
    return ack;
  }

  // With `retries`: one at a time, in order, each until it is acknowledged or has been sent the maximum number of times.

  #enqueue(data, ack = () => {}, flags) {
    const entry = { data, flags, tries: 0, isPending: false, isUnsendable: false };
    const settle = (error, ...answer) => {
      // An earlier attempt may have been answered.
      if (entry !== this.#queue[0]) return;
      entry.isPending = false;
      if (!error || entry.isUnsendable || entry.tries > this.#options.retries) {
        this.#queue.shift();
        callSafely(this, ack, [error, ...answer]);
      }
      this.#drainQueue();
    };
    entry.ack = Object.assign(settle, { withError: true });
    if (this.#queue.length < maximumWaiting) this.#queue.push(entry);
    else callSafely(this, ack, [new Error(`${maximumWaiting} events already wait`)]);
    this.#drainQueue();
  }

  /**
   * Sends the first event of the queue, unless it waits for its acknowledgement. The end of a connection fails that
   * acknowledgement, so that the event is sent again on the next one.
   */
  #drainQueue() {
    const entry = this.#queue[0];
    if (!this.connected || !entry || entry.isPending) return;
    entry.isPending = true;
    entry.tries += 1;
    try {
      this.#emit(entry.data, entry.ack, entry.flags);
    } catch (error) {
      // Another attempt would fail too. Later, because many of them in a row would be nested calls.
      entry.isUnsendable = true;
      queueMicrotask(() => entry.ack(error));
    }
  }

  /** @private */
  _told(event, args) {
    if (event === 'open') this.#opened();
    else if (event === 'close') this.#closed(...args);
    else if (!this.connected) this._dispatch('connect_error', ...args);
  }

  /** @private */
  _received({ type, id, data }) {
    switch (type) {
      case CONNECT:
      case CONNECT_ERROR:
        if (this.connected) throw new Error('an unexpected CONNECT');
        return type === CONNECT ? this.#connected(data) : this.#refused(data);
      case EVENT: return this.#happened(id === undefined ? data : [...data, this.#answer(id)]);
      case ACK: return this.#acknowledged(id, data);
      case DISCONNECT:
        this.#leave();
        this.#closed('io server disconnect');
    }
  }

  #opened() {
    const { engine } = this.io;
    let isJoined = false;
    const join = (auth) => {
      // An answer may come late, for an earlier connection, or twice.
      if (isJoined || !this.#isActive || engine.readyState !== 'open') return;
      isJoined = true;
      const data = this.#pid ? { pid: this.#pid, offset: this.#offset, ...auth } : auth;
      this.io._send({ type: CONNECT, nsp: this.nsp, data });
    };
    if (typeof this.auth === 'function') callSafely(this, this.auth, [join]);
    else callSafely(this, join, [this.auth]);
  }

  #closed(reason, details) {
    this.connected = false;
    this.id = undefined;
    this.receiveBuffer = [];
    this._dispatch('disconnect', reason, details);
    const buffered = new Set(this.sendBuffer.map((packet) => packet.id));
    for (const [id, ack] of this.#acks) {
      if (buffered.has(id)) continue;
      this.#takeAck(id);
      if (ack.withError) callSafely(this, ack.listener, [new Error('socket has been disconnected')]);
    }
  }

  #leave() {
    if (!this.#isActive) return;
    this.#isActive = false;
    this.io._left();
  }

  #connected(said) {
    if (!said?.sid) return this._dispatch('connect_error', new Error('The server does not speak Socket.IO 3 or later.'));
    this.id = said.sid;
    this.recovered = Boolean(said.pid) && this.#pid === said.pid;
    this.#pid = said.pid;
    this.connected = true;
    for (const args of this.receiveBuffer.splice(0)) this.#deliver(args);
    for (const packet of this.sendBuffer.splice(0)) this.#sendLater(packet);
    this.#drainQueue();
    this._dispatch('connect');
  }

  #refused(said) {
    const error = Object.assign(new Error(said?.message ?? said), { data: said?.data });
    this.#leave();
    this._dispatch('connect_error', error);
  }

  #happened(args) {
    if (this.connected) this.#deliver(args);
    else if (this.receiveBuffer.length < maximumWaiting) this.receiveBuffer.push(args);
    else throw new Error('too many events before the answer to CONNECT');
  }

  #deliver(args) {
    for (const listener of this.#catchAll.incoming) callSafely(this, listener, args);
    this._dispatch(...args);
    // With recovery, the last argument of each event is its position.
    if (this.#pid && typeof args.at(-1) === 'string') this.#offset = args.at(-1);
  }

  /** The function with which a listener answers: once, and only on the connection of the event. */
  #answer(id) {
    const { engine } = this.io;
    let isOpen = true;
    return (...data) => {
      if (isOpen && this.connected && engine === this.io.engine) this.io._send({ type: ACK, nsp: this.nsp, id, data });
      isOpen = false;
    };
  }

  #acknowledged(id, data) {
    const ack = this.#takeAck(id);
    if (ack) callSafely(this, ack.listener, ack.withError ? [null, ...data] : data);
  }
}

/** The listeners that stay when one is removed, or all are without `listener`. */
function without(listeners, listener) {
  return listener ? withoutFirst(listeners, (each) => each === listener) : [];
}

// Packets of a namespace

const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR] = [0, 1, 2, 3, 4];
/** With attachments an event has type 5, and an acknowledgement type 6. */
const binaryShift = 3;
const header = /^(?:([0-4])|([56])(\d{1,4})-)(?:(\/[^,]*)(?:,|$))?(\d{1,15})?/;

/** @returns {Array} The text, then its attachments. */
function encode({ type, nsp, id, data }) {
  const attachments = [];
  // `value` is the result of `toJSON`, which bytes have in some environments; `this[key]` is not.
  const json = JSON.stringify(data, function (key, value) {
    if (type === CONNECT || !isBinary(this[key])) return value;
    attachments.push(this[key]);
    return { _placeholder: true, num: attachments.length - 1 };
  });
  const start = attachments.length ? `${type + binaryShift}${attachments.length}-` : type;
  return [`${start}${nsp === '/' ? '' : `${nsp},`}${id ?? ''}${json ?? ''}`, ...attachments];
}

function isBinary(value) {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value) || value instanceof Blob;
}

/** Combines texts with the attachments that follow them, and passes packets on; throws for invalid ones. */
class Assembler {
  /** A packet whose attachments have not all come. */
  #begun;
  #received;

  constructor(received) { this.#received = received; }

  add(data) {
    if (typeof data === 'string') this.#begin(data);
    else if (this.#begun) this.#begun.attachments.push(data);
    else throw new Error('an attachment without a packet');
    const { packet, json, count, attachments } = this.#begun;
    if (attachments.length < count) return;
    this.#begun = undefined;
    packet.data = json === '' ? undefined : JSON.parse(json, count ? placing(attachments) : undefined);
    if (!isAcceptable(packet)) throw new Error('invalid payload');
    this.#received(packet);
  }

  #begin(text) {
    const match = header.exec(text);
    if (!match || this.#begun) throw new Error(match ? 'text instead of an attachment' : 'not a packet');
    const [whole, plain, binary, count = 0, nsp = '/', id] = match;
    if (count > maximumAttachments) throw new Error(`more than ${maximumAttachments} attachments`);
    const packet = { type: Number(plain ?? binary - binaryShift), nsp, ...(id && { id: Number(id) }) };
    this.#begun = { packet, json: text.slice(whole.length), count: Number(count), attachments: [] };
  }
}

function placing(attachments) {
  return (_, value) => {
    if (value?._placeholder !== true) return value;
    if (!Number.isInteger(value.num) || !attachments[value.num]) throw new Error('a placeholder without an attachment');
    return attachments[value.num];
  };
}

function isAcceptable({ type, id, data }) {
  const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
  switch (type) {
    case CONNECT: return data === undefined || isObject;
    case DISCONNECT: return data === undefined;
    case CONNECT_ERROR: return isObject || typeof data === 'string';
    case ACK: return Array.isArray(data) && id !== undefined;
    default: return Array.isArray(data) && ['string', 'number'].includes(typeof data[0]) && !reserved.has(data[0]);
  }
}

/**
 * One session with a server, over one transport after the other.
 *
 * Events: `open`, `handshake` (what the server said), `packet` (`{ type, data }`) and `packetCreate`
 * (`{ type, data, options }`), `data` and `message` (data), `heartbeat`, `ping`, `pong`, `flush`, `drain`,
 * `upgrading`, `upgrade` (transport), `upgradeError` (error), `error`, `close` (reason, details).
 */
class Engine extends Emitter {
  /** Whether a WebSocket worked the last time. */
  static #webSocketWorks = false;

  id = null; readyState = 'opening'; upgrading = false;
  /** The transport in use: `transport.name` is "polling" or "websocket". */
  transport = null;
  /** The packets that wait, and those of a request that is not answered yet. */
  writeBuffer = [];
  /** The type of received bytes: "arraybuffer" or "blob". */
  binaryType = 'arraybuffer';
  #server; #options; #timers; #hooks; #names; #sid; #candidate = null;
  #isPageLeft = false; #underWay = 0; #maximumPayload = Infinity;
  #patience = 0; #deadline = Infinity; #timer;
  #leaving = new AbortController();

  constructor(server, options, timers, hooks) {
    super();
    this.#server = server;
    this.#options = options;
    this.#timers = timers;
    this.#hooks = hooks;
    const possible = globalThis.WebSocket ? ['polling', 'websocket'] : ['polling'];
    const wanted = options.transports?.map((transport) => transport.prototype?.name ?? transport) ?? possible;
    this.#names = wanted.filter((name) => possible.includes(name));
    this.#start();
  }

  /** Sends a text or bytes as one message; calls `flushed` when a transport has it. */
  write(data, options, flushed) {
    if (typeof options === 'function') [options, flushed] = [undefined, options];
    this.#put('message', data, options, flushed);
    return this;
  }

  send(...args) { return this.write(...args); }

  /** Ends the session; packets that were written before are still sent. */
  close() {
    this.#end('forced close', undefined, true);
    return this;
  }

  /** @private The manager no longer needs the session. */
  _release() {
    this.#hooks = undefined;
    this.close();
  }

  /** @private Timers stop while a computer sleeps; the clock does not. */
  _checkHeartbeat() {
    if (Date.now() > this.#deadline) this.#end('ping timeout', undefined, true);
  }

  #start() {
    const skipsPolling = this.#options.rememberUpgrade && Engine.#webSocketWorks && this.#names.includes('websocket');
    const name = skipsPolling ? 'websocket' : this.#names[0];
    this.transport = name ? this.#make(name) : null;
    this.#watchPage();
    // Later, so that the page can add its listeners first.
    queueMicrotask(() => {
      if (!name) this.#fail(new Error('No transports available'));
      else if (this.readyState !== 'closed') this.transport.open();
    });
  }

  #make(name) {
    const options = { ...this.#options, ...this.#options.transportOptions?.[name] };
    // A transport's events count while it is in use, or will be.
    const forwarding = (inUse, onTrial) => (value) => {
      if (this.#isPageLeft) return;
      if (transport === this.transport) inUse(value);
      else if (transport === this.#candidate) onTrial?.(value);
    };
    const transport = new transports[name](() => this.#address(name, options), options, {
      opened: forwarding(() => {}, () => transport.send([{ type: 'ping', data: 'probe' }])),
      received: forwarding((data) => this.#received(data), (data) => this.#probed(data)),
      drained: forwarding(() => this.#drained()),
      failed: forwarding((error) => this.#fail(error), (error) => this.#giveUp(error.message)),
      closed: forwarding((details) => this.#end('transport close', details), () => this.#giveUp('transport closed')),
    });
    return transport;
  }

  #address(name, options) {
    const query = new URLSearchParams({ ...parameters(options.query), EIO: 4, transport: name });
    if (this.#sid) query.set('sid', this.#sid);
    if (options.forceBase64) query.set('b64', 1);
    if (options.timestampRequests) query.set(options.timestampParam ?? 't', Math.random().toString(36).slice(2));
    const server = name === 'websocket' ? this.#server.replace('http', 'ws') : this.#server;
    return `${server}${options.path.replace(/\/$/, '')}${options.addTrailingSlash === false ? '' : '/'}?${query}`;
  }

  #watchPage() {
    const { signal } = this.#leaving;
    const listen = (event, listener) => globalThis.addEventListener?.(event, listener, { signal });
    const lost = { description: 'network connection lost' };
    if (!/\/\/localhost(?::|$)/.test(this.#server)) listen('offline', () => this.#end('transport close', lost));
    if (this.#options.closeOnBeforeunload) listen('beforeunload', () => this.#leavePage());
    // Events at which a page or its computer wakes.
    for (const event of ['pageshow', 'focus', 'visibilitychange']) listen(event, () => this._checkHeartbeat());
  }

  /** Without events: a page that is left should not show a disconnection. A page that stays notices it by the heartbeat. */
  #leavePage() {
    this.#isPageLeft = true;
    this.#candidate?.close();
    this.#candidate = null;
    this.transport?.close(this.writeBuffer.slice(this.#underWay));
  }

  #received(frame) {
    try {
      const packet = typeof frame === 'string' ? decoded(frame) : { type: 'message', data: frame };
      if (this.binaryType === 'blob' && packet.data instanceof ArrayBuffer) packet.data = new Blob([packet.data]);
      this.#take(packet);
    } catch (error) {
      this.#end('parse error', error, true);
    }
  }

  #take(packet) {
    const { type, data } = packet;
    const said = type === 'open' && handshake(data);
    // Also when it is closed already: only the id can end a session.
    if (said) this.#sid ??= said.sid;
    if (this.readyState === 'closed') return;
    if (this.readyState === 'opening' && !said) throw new Error('a packet before the handshake');
    this._dispatch('packet', packet);
    this._dispatch('heartbeat');
    switch (type) {
      case 'open': return this.#opened(said);
      case 'close': return this.#end('transport close', { description: 'transport closed by the server' });
      case 'ping': return this.#pinged(data);
      case 'message': return this.#messaged(data);
    }
  }

  #opened(said) {
    if (this.readyState !== 'opening') return;
    this.readyState = 'open';
    this.id = said.sid;
    this.#patience = said.pingInterval + said.pingTimeout;
    this.#maximumPayload = said.maxPayload || Infinity;
    Engine.#webSocketWorks = this.transport.name === 'websocket';
    this.#heard();
    this._dispatch('handshake', said);
    this.#hooks?.opened();
    this._dispatch('open');
    this.#flush();
    this.#probe(said.upgrades ?? []);
  }

  #pinged(data) {
    this.#heard();
    this.#put('pong', data);
    this._dispatch('ping');
    this._dispatch('pong');
    this.#hooks?.pinged();
  }

  #messaged(data) {
    this.#hooks?.received(data);
    this._dispatch('data', data);
    this._dispatch('message', data);
  }

  #heard() {
    this.#timers.clear(this.#timer);
    this.#deadline = Date.now() + this.#patience;
    const end = () => this.#end('ping timeout', undefined, true);
    this.#timer = this.#timers.set(end, Math.min(this.#patience, longestTimer));
  }

  #put(type, data, options, flushed) {
    if (this.readyState === 'closed') return;
    const packet = { type, data, options: { ...options, compress: options?.compress !== false } };
    this._dispatch('packetCreate', packet);
    this.writeBuffer.push(packet);
    if (flushed) this.once('flush', flushed);
    this.#flush();
  }

  #flush() {
    if (this.#isPageLeft || this.readyState !== 'open' || this.upgrading || !this.writeBuffer.length) return;
    if (this.transport.name === 'websocket') {
      this.transport.send(this.writeBuffer.splice(0));
    } else {
      if (!this.transport.writable) return;
      this.#underWay = this.#batchLength();
      this.transport.send(this.writeBuffer.slice(0, this.#underWay));
    }
    this._dispatch('flush');
  }

  /** As many packets as the server accepts in one body; a packet that is too large is sent alone. */
  #batchLength() {
    let size = -1;
    const end = this.writeBuffer.findIndex((packet, index) => (size += sizeInBody(packet) + 1) > this.#maximumPayload && index > 0);
    return end < 0 ? this.writeBuffer.length : end;
  }

  #drained() {
    this.writeBuffer.splice(0, this.#underWay);
    this.#underWay = 0;
    if (this.writeBuffer.length) this.#flush();
    else this._dispatch('drain');
  }

  // From polling to a WebSocket: it is tried beside the polling, which must be idle before the change.

  #probe(upgrades) {
    const isPossible = this.transport?.name === 'polling' && upgrades.includes('websocket') && this.#names.includes('websocket');
    if (!isPossible || this.#options.upgrade === false || this.readyState !== 'open') return;
    this.#candidate = this.#make('websocket');
    this.#candidate.open();
  }

  async #probed(data) {
    if (data !== '3probe' || this.upgrading) return this.#giveUp();
    const candidate = this.#candidate;
    this.upgrading = true;
    this._dispatch('upgrading', candidate);
    await this.transport.pause();
    // The candidate or the session may have ended in the meantime.
    if (this.#candidate !== candidate) return;
    this.#candidate = null;
    this.transport = candidate;
    Engine.#webSocketWorks = true;
    candidate.send([{ type: 'upgrade' }]);
    this.upgrading = false;
    this._dispatch('upgrade', candidate);
    this.#flush();
  }

  /** The session continues with polling. */
  #giveUp(cause) {
    this.#dropCandidate(cause);
    if (this.upgrading) this.transport.resume();
    this.upgrading = false;
    this.#flush();
  }

  #dropCandidate(cause) {
    this.#candidate.close();
    this.#candidate = null;
    const error = new Error(cause ? `probe error: ${cause}` : 'probe error');
    this._dispatch('upgradeError', Object.assign(error, { transport: 'websocket' }));
  }

  #fail(error) {
    if (this.readyState === 'closed') return;
    Engine.#webSocketWorks = false;
    if (this.#options.tryAllTransports && this.readyState === 'opening' && this.#names.length > 1) {
      this.#names = this.#names.slice(1);
      this.#leaving.abort();
      this.#leaving = new AbortController();
      return this.#start();
    }
    this._dispatch('error', error);
    this.#end('transport error', error);
  }

  /** `politely`: the waiting packets and a close packet are still sent. */
  #end(reason, details, politely = false) {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    this.id = null;
    this.#deadline = Infinity;
    this.#timers.clear(this.#timer);
    this.#leaving.abort();
    this.transport?.close(politely ? this.writeBuffer.splice(0).slice(this.#underWay) : undefined);
    this._dispatch('close', reason, details);
    if (this.#candidate) this.#dropCandidate('socket closed');
    // Only now: listeners of the end may look at the packets that were not sent.
    this.writeBuffer = [];
    this.#hooks?.ended(reason, details);
  }
}

// Packets of a session: a text that begins with its type; bytes, or `b` and base64 where only text is possible.

const packetTypes = ['open', 'close', 'ping', 'pong', 'message', 'upgrade', 'noop'];

function decoded(text) {
  const data = text.slice(1);
  if (text.startsWith('b')) {
    return { type: 'message', data: Uint8Array.from(atob(data), (character) => character.charCodeAt(0)).buffer };
  }
  const type = packetTypes[text.charCodeAt(0) - 48];
  if (!type) throw new Error('not a packet');
  return data || type === 'message' ? { type, data } : { type };
}

function framed({ type, data = '' }) {
  return typeof data === 'string' ? `${packetTypes.indexOf(type)}${data}` : data;
}

function handshake(json) {
  const said = JSON.parse(json);
  const isSound = typeof said?.sid === 'string' && said.pingInterval > 0 && said.pingTimeout > 0;
  if (!isSound) throw new Error('not a handshake');
  return said;
}

async function framedAsText(packet) {
  const frame = framed(packet);
  if (typeof frame === 'string') return frame;
  const bytes = new Uint8Array(await new Blob([frame]).arrayBuffer());
  let text = '';
  // Every browser allows this many arguments of a call.
  for (let start = 0; start < bytes.length; start += 8192) text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  return `b${btoa(text)}`;
}

function sizeInBody(packet) {
  const frame = framed(packet);
  if (typeof frame === 'string') return new TextEncoder().encode(frame).length;
  return 1 + 4 * Math.ceil((frame.byteLength ?? frame.size) / 3);
}

/** Carries the packets of a session, and calls its `opened`, `received`, `drained`, `failed`, `closed`. */
class Transport {
  constructor(address, options, session) {
    Object.assign(this, { address, options, session });
  }

  fail(message, description, context) {
    this.session.failed(Object.assign(new Error(message), { type: 'TransportError', description, context }));
  }
}

/** Requests: a GET that waits for packets and, beside it, a POST that sends some. */
class Polling extends Transport {
  #isOpen = false; #isPaused = false; #isClosed = false;
  #ending = new AbortController();
  /** The open requests. */
  #getting = null; #posting = null;
  #whenIdle = () => {};

  get name() { return 'polling'; }
  get writable() { return this.#isOpen && !this.#posting && !this.#isPaused && !this.#isClosed; }

  async open() {
    while (!this.#isClosed && !this.#isPaused) {
      try {
        this.#getting = this.#request('GET');
        const body = await this.#getting;
        this.#isOpen = true;
        for (const packet of body.split('\x1e')) this.session.received(packet);
      } catch (error) {
        return this.#failed('xhr poll error', error);
      }
      this.#getting = null;
    }
    this.#settle();
  }

  async send(packets) {
    if (this.#isClosed) return;
    try {
      this.#posting = this.#post(packets);
      await this.#posting;
    } catch (error) {
      return this.#failed('xhr post error', error);
    }
    this.#posting = null;
    this.#settle();
    this.session.drained();
  }

  /** Resolves when no request is open; no other is sent until `resume`. */
  pause() {
    this.#isPaused = true;
    return new Promise((resolve) => {
      this.#whenIdle = resolve;
      this.#settle();
    });
  }

  resume() {
    this.#isPaused = false;
    if (!this.#getting) this.open();
  }

  /** With `packets`, even none, sends them and a close packet; otherwise drops everything. */
  async close(packets) {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!packets) return this.#ending.abort();
    const timer = setTimeout(() => this.#ending.abort(), closingTime);
    try {
      // A session that is just opening has no id yet with which it could be ended.
      if (this.#isOpen || (await this.#getting)) {
        await this.#posting;
        await this.#post([...packets, { type: 'close' }]);
      }
    } catch {
      // The server will notice by the heartbeat.
    }
    clearTimeout(timer);
    this.#ending.abort();
  }

  #settle() {
    if (this.#isPaused && !this.#getting && !this.#posting) this.#whenIdle();
  }

  #failed(message, error) {
    // The same fields as those of an XMLHttpRequest, which pages read.
    const unanswered = { readyState: 4, status: 0, statusText: '', responseText: '', cause: error };
    const context = error instanceof Error ? unanswered : error;
    this.fail(message, context.status, context);
  }

  async #post(packets) {
    return this.#request('POST', (await Promise.all(packets.map(framedAsText))).join('\x1e'));
  }

  async #request(method, body) {
    const type = method === 'POST' && { 'Content-Type': 'text/plain;charset=UTF-8' };
    const { requestTimeout } = this.options;
    const { signal } = this.#ending;
    const response = await fetch(this.address(), {
      method,
      body,
      cache: 'no-store',
      credentials: this.options.withCredentials ? 'include' : 'same-origin',
      headers: { ...this.options.extraHeaders, ...type },
      signal: requestTimeout ? AbortSignal.any([signal, AbortSignal.timeout(requestTimeout)]) : signal,
    });
    const { status, statusText } = response;
    const responseText = await response.text();
    if (status !== 200) throw { readyState: 4, status, statusText, responseText };
    return responseText;
  }
}

/** One packet is one frame. */
class WebSocketTransport extends Transport {
  #socket; #isDraining = false;
  /** With `forceBase64`: the previous packet, while it is being encoded. */
  #encoding = Promise.resolve();

  get name() { return 'websocket'; }
  get writable() { return this.#socket?.readyState === WebSocket.OPEN && this.#socket.bufferedAmount < congestion; }

  open() {
    try {
      this.#socket = new WebSocket(this.address(), this.options.protocols ?? []);
    } catch (error) {
      return this.fail('websocket error', error);
    }
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onopen = () => this.session.opened();
    this.#socket.onmessage = ({ data }) => this.session.received(data);
    this.#socket.onerror = (event) => this.fail('websocket error', event, event);
    this.#socket.onclose = (context) => this.session.closed({ description: 'websocket connection closed', context });
  }

  send(packets) {
    if (this.options.forceBase64) this.#encoding = this.#encoding.then(() => this.#sendAsText(packets));
    else this.#sendFrames(packets.map(framed));
  }

  async #sendAsText(packets) {
    try {
      this.#sendFrames(await Promise.all(packets.map(framedAsText)));
    } catch (error) {
      this.fail('websocket error', error);
    }
  }

  #sendFrames(frames) {
    for (const frame of frames) this.#socket.send(frame);
    if (this.#isDraining) return;
    this.#isDraining = true;
    // Later: a sender may add its listener after sending.
    queueMicrotask(() => {
      this.#isDraining = false;
      this.session.drained();
    });
  }

  close(packets = []) {
    const socket = this.#socket;
    if (!socket) return;
    socket.onmessage = socket.onerror = socket.onclose = null;
    // The console would show an error if a socket that is still connecting were closed.
    socket.onopen = () => socket.close();
    if (socket.readyState === WebSocket.CONNECTING) return;
    this.send(packets);
    if (this.options.forceBase64) this.#encoding.then(() => socket.close());
    else socket.close();
  }
}

const transports = { polling: Polling, websocket: WebSocketTransport };

Object.assign(io, { protocol, io, connect: io, Manager, Socket });
