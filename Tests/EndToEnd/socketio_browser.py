"""Pages with a Socket.IO client in them: the official one and ours, over each way to connect."""

import json

import pytest

from official import official_client_bundle

CLIENTS = ["official", "ours"]
TRANSPORTS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}

# What every page has: `enter` makes a socket, `next` waits for an event, `settled` until it is connected
# over the last transport, `record` notes what happens to a connection, `plain` shows bytes as numbers.
PRELUDE = """
globalThis.transports = %s;
const settings = { transports, forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 100 };
globalThis.sockets = [];
globalThis.enter = (uri = '/', options = {}) => {
  const socket = io(uri, { ...settings, ...options });
  sockets.push(socket);
  return socket;
};
globalThis.next = (emitter, name) => new Promise((resolve) => emitter.once(name, (...args) => resolve(args)));
globalThis.settled = async (socket) => {
  if (!socket.connected) await next(socket, 'connect');
  const last = transports.at(-1);
  while (socket.io.engine.transport.name !== last) await next(socket.io.engine, 'upgrade');
  return socket;
};
globalThis.pause = (duration) => new Promise((resolve) => setTimeout(resolve, duration));
globalThis.record = (socket) => {
  const entries = [];
  const note = (emitter, name) => emitter.on(name, (...args) => entries.push([name, ...args.map(summary)]));
  const summary = (value) => (value instanceof Error ? 'error' : value?.description ? 'details' : value);
  for (const name of ['connect', 'disconnect', 'connect_error']) note(socket, name);
  for (const name of ['open', 'close', 'error', 'reconnect_attempt', 'reconnect', 'reconnect_error', 'reconnect_failed']) {
    note(socket.io, name);
  }
  return entries;
};
globalThis.plain = (value) => {
  if (value instanceof ArrayBuffer) return { bytes: [...new Uint8Array(value)] };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
};
"""


class Window:
    """A page of a server's origin with one of the clients in it; `problems` is what the browser complained about."""

    def __init__(self, context, url, client, transports):
        self.client = client
        self.transports = transports
        self.problems = []
        self.page = context.new_page()
        # Any response of that origin makes a page; this one is short, and always available.
        self.page.goto(f"{url}/socket.io/socket.io.js")
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._said)
        if client == "official":
            self.page.add_script_tag(content=official_client_bundle().decode())
        else:
            self.page.add_script_tag(url=f"{url}/socket.io/socket.io.js")
        self.page.evaluate(f"() => {{ {PRELUDE % json.dumps(TRANSPORTS[transports])} }}")

    def _said(self, message):
        if message.type in ("error", "warning") and not message.location["url"].endswith("/favicon.ico"):
            self.problems.append(message.text)

    def run(self, body, argument=None):
        """The body of an async function; what it returns. A name without `const` outlives it."""
        return self.page.evaluate(f"async (argument) => {{ {body} }}", argument)

    def wait(self, condition):
        self.page.wait_for_function(condition)

    def leave(self):
        self.run("for (const socket of sockets) socket.disconnect()")


def combinations(clients=CLIENTS, transports=TRANSPORTS):
    """Each client over each set of transports; with --fast our client over the last set, which uses all of them."""
    last = ("ours", list(transports)[-1])
    return [
        pytest.param((client, way), id=f"{client}-{way}", marks=[] if (client, way) == last else [pytest.mark.long])
        for client in clients for way in transports]


# For tests that do not depend on transports.
over_one_transport = pytest.mark.parametrize("make_window", combinations(transports=["upgrade"]), indirect=True)


@pytest.fixture(params=combinations())
def make_window(context, request):
    """Makes windows with the client and over the transports of this run of the test."""
    windows = []

    def make(url):
        windows.append(Window(context, url, *request.param))
        return windows[-1]

    yield make
    for window in windows:
        if not window.page.is_closed():
            window.leave()
