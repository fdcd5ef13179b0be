"""Raw Engine.IO over long polling and WebSocket, including invalid packets."""

import base64
import contextlib
import json
import os
import struct
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from bitacora import PATIENCE
from raw import Wire, frame

PATH = "/socket.io/"
SEPARATOR = b"\x1e"
TEXT, BINARY, CLOSE = 1, 2, 8


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; names of headers are in lower case."""

    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)


class Ended(Exception):
    """The session is over; `code` and `reason` are those of the WebSocket's close frame, None and empty where there was none."""

    def __init__(self, code=None, reason=""):
        super().__init__(f"closed with {code}: {reason}")
        self.code = code
        self.reason = reason


def target(path=PATH, **query):
    """The target of the request line; None omits a parameter."""
    query = {name: value for name, value in {"EIO": "4", **query}.items() if value is not None}
    return f"{path}?{urlencode(query)}" if query else path


class Connection:
    """A kept HTTP connection with at most one request in flight."""

    def __init__(self, server):
        self.server = server
        self.wire = None

    def begin(self, method, target, headers=(), body=b""):
        if not self.wire:
            self.wire = Wire(self.server)
        if method == "POST" and not body:
            headers = [*headers, ("Content-Length", "0")]
        self.wire.request(method, target, headers, body)
        return self

    def answer(self):
        answer = Answer(*self.wire.response())
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    def close(self):
        if self.wire:
            self.wire.socket.close()
            self.wire = None


def ask(server, method, target, headers=(), body=b""):
    """One request on a new connection."""
    connection = Connection(server)
    try:
        return connection.begin(method, target, headers, body).answer()
    finally:
        connection.close()


def packed(packet):
    """A packet in a polling body; bytes are binary."""
    return b"b" + base64.b64encode(packet) if isinstance(packet, bytes) else packet.encode()


def unpacked(piece):
    return base64.b64decode(piece[1:], validate=True) if piece[:1] == b"b" else piece.decode()


class Polling:
    """A session over long polling; text packets are `str`, binary ones `bytes`."""

    kind = "polling"

    def __init__(self, server, headers=(), **query):
        self.server = server
        self.headers = headers
        self.connections = []
        self.getting, self.posting = self.connection(), self.connection()
        self.waiting = []
        self.opening = self.getting.begin("GET", target(transport="polling", **query), headers).answer()
        assert self.opening.status == 200, self.opening
        assert self.opening.body[:1] == b"0", self.opening
        first, *rest = self.opening.body.split(SEPARATOR)
        self.handshake = json.loads(first[1:])
        self.sid = self.handshake["sid"]
        self.waiting += map(unpacked, rest)

    def connection(self):
        self.connections.append(Connection(self.server))
        return self.connections[-1]

    @property
    def target(self):
        return target(transport="polling", sid=self.sid)

    def begin_get(self, connection=None):
        """A poll in flight; `answer()` of what is returned waits for its end."""
        return (connection or self.getting).begin("GET", self.target, self.headers)

    def get(self):
        return self.begin_get().answer()

    def post(self, body, headers=(("Content-Type", "text/plain;charset=UTF-8"),)):
        return self.posting.begin("POST", self.target, [*self.headers, *headers], body).answer()

    def send(self, *packets):
        """All in one body."""
        answer = self.post(SEPARATOR.join(map(packed, packets)))
        assert (answer.status, answer.body) == (200, b"ok"), answer

    def offend(self, *packets):
        """Sends packets that may close the session; the POST may have any of these answers."""
        answer = self.post(SEPARATOR.join(map(packed, packets)))
        assert answer.status in (200, 400, 413), answer

    def receive(self):
        while not self.waiting:
            answer = self.get()
            if answer.status != 200:
                assert (answer.status, answer.json()["code"]) == (400, 1), answer
                raise Ended
            self.waiting += map(unpacked, answer.body.split(SEPARATOR))
        return self.waiting.pop(0)

    def close(self):
        """Closes the connection without a message."""
        for connection in self.connections:
            connection.close()


class WebSocket:
    """A session that began on a WebSocket, or with `sid` a candidate for one that polls."""

    kind = "websocket"

    def __init__(self, server, headers=(), receive_buffer=None, path=PATH, **query):
        self.server = server
        self.wire = Wire(server, receive_buffer=receive_buffer)
        self.wire.request("GET", target(path, **{"transport": "websocket", **query}), [
            ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", base64.b64encode(os.urandom(16)).decode()), *headers])
        self.opening = Answer(*self.wire.response())
        self.sid = query.get("sid")
        if self.opening.status == 101 and not self.sid:
            first = self.receive()
            assert first[:1] == "0", first
            self.handshake = json.loads(first[1:])
            self.sid = self.handshake["sid"]

    def send(self, *packets):
        self.wire.send(b"".join(
            frame(BINARY, packet) if isinstance(packet, bytes) else frame(TEXT, packet.encode()) for packet in packets))

    def offend(self, *packets):
        with contextlib.suppress(ConnectionError):
            self.send(*packets)

    def receive(self):
        try:
            opcode, payload = self.wire.read_frame()
        except (EOFError, ConnectionError):
            raise Ended from None
        if opcode == CLOSE:
            if not payload:
                raise Ended
            raise Ended(struct.unpack("!H", payload[:2])[0], payload[2:].decode())
        assert opcode in (TEXT, BINARY), f"opcode {opcode}"
        return payload.decode() if opcode == TEXT else payload

    def close(self):
        """Closes the connection without a message."""
        self.wire.socket.close()


class Upgraded(WebSocket):
    """A session that began with polling and has moved to a WebSocket."""

    kind = "upgraded"

    def __init__(self, server, headers=(), receive_buffer=None, **query):
        polling = Polling(server, headers, **query)
        super().__init__(server, headers, receive_buffer, **query, sid=polling.sid)
        self.handshake = polling.handshake
        upgrade(self)
        polling.close()


KINDS = [Polling, WebSocket, Upgraded]
# As parameters: the last one uses both transports, and the others are not in a fast run.
EACH_KIND = [pytest.param(Polling, marks=pytest.mark.long), pytest.param(WebSocket, marks=pytest.mark.long), Upgraded]


def upgrade(candidate):
    """Upgrades a session without a pending request, with `candidate` as the new WebSocket."""
    assert candidate.opening.status == 101, candidate.opening
    candidate.send("2probe")
    assert candidate.receive() == "3probe"
    candidate.send("5")


def until_ended(session):
    """Reads up to the end; returns the packets and the close code."""
    packets = []
    with contextlib.closing(session):
        while True:
            try:
                packets.append(session.receive())
            except Ended as ended:
                return packets, ended.code
