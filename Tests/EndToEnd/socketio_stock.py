"""A stock client in little, on asyncio: cheap enough for thousands in one process.

It polls, upgrades, answers pings, remembers `pid` and the last argument that is a string, and
checks that every event of the log comes once and in order, over all its connections.
"""

import asyncio
import base64
import contextlib
import json
import os

from engineio_raw import CLOSE, SEPARATOR, TEXT, packed, target, unpacked
from raw import frame

LIMIT = 1 << 20


class Lost(Exception):
    """The connection was lost."""


class HTTP:
    """A kept connection."""

    def __init__(self, server):
        self.server = server
        self.reader = self.writer = None

    async def ask(self, method, target, headers=(), body=b""):
        try:
            if not self.writer:
                self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.server.port, limit=LIMIT)
            lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{self.server.port}", *headers]
            if method == "POST":
                lines.append(f"Content-Length: {len(body)}")
            self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            first, *fields = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in fields if field)}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        except (OSError, EOFError, asyncio.IncompleteReadError) as error:
            raise Lost from error
        if headers.get("connection") == "close":
            self.close()
        return int(first.split()[1]), body

    def close(self):
        if self.writer:
            self.writer.transport.abort()
            self.reader = self.writer = None


class Polling:
    name = "polling"

    def __init__(self, server):
        self.server = server
        self.getting, self.posting = HTTP(server), HTTP(server)
        self.query = {"transport": "polling"}
        self.waiting = []
        self.poll = None

    async def open(self):
        (first, *self.waiting) = await self._get()
        self.query["sid"] = json.loads(first[1:])["sid"]

    async def _get(self):
        status, body = await self.getting.ask("GET", target(**self.query))
        if status != 200:
            raise Lost
        return [unpacked(piece) for piece in body.split(SEPARATOR)]

    async def send(self, *packets):
        status, _ = await self.posting.ask("POST", target(**self.query), body=SEPARATOR.join(map(packed, packets)))
        if status != 200:
            raise Lost

    async def receive(self):
        """The next packet. A cancelled call leaves its poll to the next one."""
        while not self.waiting:
            self.poll = self.poll or asyncio.ensure_future(self._get())
            await asyncio.wait([self.poll])
            poll, self.poll = self.poll, None
            self.waiting = poll.result()
        return self.waiting.pop(0)

    def abort(self):
        if self.poll and not self.poll.cancel() and not self.poll.cancelled():
            self.poll.exception()  # asyncio reports an exception that nobody has looked at
        self.getting.close()
        self.posting.close()


class WebSocket:
    name = "websocket"

    def __init__(self, server, sid=None):
        self.http = HTTP(server)
        self.sid = sid
        self.bytes = b""

    async def open(self):
        key = base64.b64encode(os.urandom(16)).decode()
        status, _ = await self.http.ask("GET", target(transport="websocket", sid=self.sid), [
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"])
        if status != 101:
            raise Lost
        if not self.sid:
            assert (await self.receive())[:1] == "0"

    async def send(self, *packets):
        self.http.writer.write(b"".join(frame(TEXT, packet.encode()) for packet in packets))

    async def _need(self, count):
        while len(self.bytes) < count:
            try:
                data = await self.http.reader.read(1 << 16)
            except OSError as error:
                raise Lost from error
            if not data:
                raise Lost
            self.bytes += data

    async def receive(self):
        """The next packet. A cancelled call leaves a frame that is not whole to the next one."""
        await self._need(2)
        first, length = self.bytes[:2]
        size = {126: 2, 127: 8}.get(length, 0)
        if size:
            await self._need(2 + size)
            length = int.from_bytes(self.bytes[2:2 + size], "big")
        end = 2 + size + length
        await self._need(end)
        payload, self.bytes = self.bytes[2 + size:end], self.bytes[end:]
        if first & 15 == CLOSE:
            raise Lost
        return payload.decode() if first & 15 == TEXT else payload

    def abort(self):
        self.http.close()


class Stock:
    """A subscriber of the log in `namespace`; `seen` is the offset of the last event that it got."""

    def __init__(self, server, transport, recovers=True):
        self.server, self.kind, self.recovers = server, transport, recovers
        self.transport = None
        self.sid = self.pid = self.position = None
        self.seen = 0
        self.connections = self.recoveries = self.replays = 0

    async def connect(self):
        """A new session that recovers the old one, if there was one."""
        self.transport = WebSocket(self.server) if self.kind == "websocket" else Polling(self.server)
        await self.transport.open()
        await self.transport.send("40" + json.dumps(self._auth()))
        while (packet := await self.transport.receive())[:2] != "40":
            await self._take(packet)
        answer = json.loads(packet[2:])
        self.connections += 1
        if self.pid and answer["pid"] == self.pid:
            assert answer["sid"] == self.sid
            self.recoveries += 1
        self.sid, self.pid = answer["sid"], answer.get("pid")
        if self.kind == "upgraded":
            await self._upgrade()

    def _auth(self):
        if not self.recovers:
            return {"recovery": False, "after": self.seen}
        memory = {"pid": self.pid, "offset": self.position}
        return {name: value for name, value in memory.items() if value}

    async def _upgrade(self):
        polling, candidate = self.transport, WebSocket(self.server, self.transport.query["sid"])
        try:
            await candidate.open()
            await candidate.send("2probe")
            probe = asyncio.ensure_future(candidate.receive())
            try:
                # A poll is held until there is something, at the latest until the answer to the probe.
                while not probe.done():
                    await self.take_next()
                while polling.waiting:
                    await self.take_next()
                assert await probe == "3probe"
            finally:
                probe.cancel()
            await candidate.send("5")
        except BaseException:
            candidate.abort()
            raise
        self.transport = candidate
        polling.abort()

    async def take_next(self):
        await self._take(await self.transport.receive())

    async def _take(self, packet):
        if packet == "2":
            await self.transport.send("3")
        elif packet[:2] == "42":
            self._event(json.loads(packet[2:]))
        elif packet == "1":
            raise Lost
        else:
            assert packet == "6", packet

    def _event(self, event):
        if isinstance(event[-1], str):
            self.position = event[-1]
        if event[0] == "replayed":
            self.replays += 1
            return
        assert event[0] != "reset", event
        offset = event[2]["offset"]
        assert offset == self.seen + 1, f"{offset} after {self.seen}"
        self.seen = offset

    async def follow(self, last):
        """Reads events until `last` has arrived."""
        while self.seen < last:
            await self.take_next()

    async def follow_for(self, seconds):
        """True after the time, False if the connection was lost before."""
        with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
            try:
                await asyncio.wait_for(self._follow(), seconds)
            except Lost:
                return False
        return True

    async def _follow(self):
        while True:
            await self.take_next()

    async def leave(self):
        """Disconnects like `disconnect()`."""
        with contextlib.suppress(Lost, OSError):
            await self.transport.send("41", "1")
        self.vanish()

    def vanish(self):
        if self.transport:
            self.transport.abort()
