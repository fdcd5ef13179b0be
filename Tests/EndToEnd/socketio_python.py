"""python-socketio, unmodified, with a queue of the received events."""

import asyncio
import contextlib
import queue

import socketio
from engineio.payload import Payload

from bitacora import PATIENCE

TRANSPORTS = {"polling": ["polling"], "websocket": ["websocket"], "upgraded": ["polling", "websocket"]}
# It reconnects soon. Its own limit for a request, five seconds, is too short for a busy machine.
OPTIONS = {"reconnection_delay": 0.05, "reconnection_delay_max": 0.2, "randomization_factor": 0.02, "request_timeout": PATIENCE}

# Its polling takes 16 packets a body and breaks off at more, unless configured in the way that its
# documentation shows; a server of Socket.IO sends all that waits.
Payload.max_decode_packets = 1_000_000


def run(test):
    """Runs a test that is a coroutine, in its own loop and within its time."""
    asyncio.run(asyncio.wait_for(test, 2 * PATIENCE))


class AsyncClient:
    """Over aiohttp. Events are tuples of the name and the arguments, in the order of their arrival."""

    def __init__(self, server, transport="upgraded", namespaces="/", auth=None, **options):
        self.server, self.transport, self.auth = server, transport, auth
        self.namespaces = [namespaces] if isinstance(namespaces, str) else namespaces
        self.events = {namespace: asyncio.Queue() for namespace in self.namespaces}
        self.answers = {}
        self.io = socketio.AsyncClient(handle_sigint=False, **{**OPTIONS, **options})
        for namespace in self.namespaces:
            for name in ["connect", "connect_error", "disconnect"]:
                self.io.on(name, self._keep(namespace, name), namespace=namespace)
            self.io.on("*", self._any(namespace), namespace=namespace)

    def _keep(self, namespace, name):
        return lambda *arguments: self.events[namespace].put_nowait((name, *arguments))

    def _any(self, namespace):
        def take(name, *arguments):
            self.events[namespace].put_nowait((name, *arguments))
            answer = self.answers.get(name)
            return answer(*arguments) if answer else None
        return take

    async def __aenter__(self):
        await self.io.connect(
            self.server.url, transports=TRANSPORTS[self.transport], namespaces=self.namespaces, auth=self.auth,
            wait_timeout=PATIENCE)
        for namespace in self.namespaces:
            assert await self.next(namespace) == ("connect",)
        return self

    async def __aexit__(self, *_):
        if self.io.connected:
            # The client sends a disconnect only when no POST is pending.
            await self.io.eio.queue.join()
        with contextlib.suppress(Exception):
            await self.io.shutdown()

    async def refusal(self, namespace="/"):
        """Connects where that namespace must refuse; what it says. The client itself would leave without waiting for its own POST."""
        await self.io.connect(
            self.server.url, transports=TRANSPORTS[self.transport], namespaces=self.namespaces, auth=self.auth, wait=False)
        try:
            name, payload = await self.next(namespace)
        finally:
            await self.__aexit__()
        assert name == "connect_error", name
        return payload

    async def next(self, namespace="/"):
        return await asyncio.wait_for(self.events[namespace].get(), PATIENCE)

    async def until(self, name, namespace="/"):
        """The next event of that name; others are dropped."""
        while True:
            event = await self.next(namespace)
            if event[0] == name:
                return event

    async def call(self, name, *arguments, namespace="/"):
        return await self.io.call(name, arguments, namespace=namespace, timeout=PATIENCE)


class SyncClient:
    """Over requests and websocket-client. It handles each packet on a thread of its own, so that order is not kept.

    Therefore an event that nobody has waited for yet is kept until somebody does."""

    def __init__(self, server, transport="upgraded", auth=None, **options):
        self.server, self.transport, self.auth = server, transport, auth
        self.events, self.early = queue.Queue(), []
        self.io = socketio.Client(handle_sigint=False, **{**OPTIONS, **options})
        for name in ["connect", "connect_error", "disconnect"]:
            self.io.on(name, self._keep(name))
        self.io.on("*", lambda *event: self.events.put(event))

    def _keep(self, name):
        return lambda *arguments: self.events.put((name, *arguments))

    def __enter__(self):
        self.io.connect(self.server.url, transports=TRANSPORTS[self.transport], auth=self.auth, wait_timeout=PATIENCE)
        return self

    def __exit__(self, *_):
        self.io.shutdown()

    def until(self, name):
        """The first event of that name that was not returned yet; those of other names stay for later calls."""
        for index, event in enumerate(self.early):
            if event[0] == name:
                return self.early.pop(index)
        while (event := self.events.get(timeout=PATIENCE))[0] != name:
            self.early.append(event)
        return event

    def call(self, name, *arguments):
        return self.io.call(name, arguments, timeout=PATIENCE)

