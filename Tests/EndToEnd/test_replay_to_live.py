"""Every client on every transport gets the events 1 … N once and in order, whenever it joins."""

import socket as sockets
import threading

import pytest

from bitacora import PATIENCE, eventually
from producers import Producers
from readers import Poll, Socket, Stream

HISTORY = 2000
APPENDED = 6000
CLIENTS = 36
# The number of events during which a client stalls.
STALL = 2000


class Witness(threading.Thread):
    """A client that joins at the offset `joins_at`, may stall, and checks the events that it gets."""

    def __init__(self, progress, kind, joins_at, stall_at):
        super().__init__(daemon=True)
        self.server, self.progress = progress.server, progress
        self.kind, self.joins_at, self.stall_at = kind, joins_at, stall_at
        self.seen = 0
        self.replayed = 0
        self.failure = None
        self.last = None
        self.known_last = threading.Event()

    def open(self):
        if self.kind is not Socket or not self.stall_at:
            return self.kind(self.server)
        raw = sockets.socket()
        # Before connecting, because this sets the window, and so how soon the server has to wait.
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", self.server.port))
        return Socket(self.server, raw=raw)

    def run(self):
        try:
            self.progress.wait_for(self.joins_at)
            with self.open() as reader:
                for message in reader:
                    self.take(message)
                    if self.seen == self.stall_at:
                        self.progress.wait_for(self.progress.offset + STALL)
                    if self.known_last.is_set() and self.seen >= self.last:
                        return
        except BaseException as error:
            self.failure = error

    def take(self, message):
        if "topic" in message:
            assert message["offset"] == self.seen + 1, f"{message['offset']} after {self.seen}"
            self.seen += 1
        else:
            assert message["type"] == "replayed"
            self.replayed += 1

    def end(self, last):
        self.last = last
        self.known_last.set()


class Progress(threading.Thread):
    """Follows the log until its event of the type `last`, and lets others wait for an offset."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.offset = 0
        self.is_over = False
        self.changed = threading.Condition()

    def run(self):
        try:
            with Socket(self.server) as reader:
                for message in reader:
                    if "topic" in message:
                        self._set(message["offset"], message["type"] == "last")
                    if self.is_over:
                        return
        finally:
            # A failed reader must not block the test; the clients report missing events.
            self._set(self.offset, True)

    def _set(self, offset, is_over):
        with self.changed:
            self.offset, self.is_over = offset, is_over
            self.changed.notify_all()

    def wait_for(self, offset):
        """Returns when the log has reached an offset, or its end."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.offset >= offset or self.is_over, 3 * PATIENCE), f"at {self.offset} of {offset}"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_client_gets_every_event_once_and_in_order(server, seed):
    server.append(*({"type": "history", "data": "x" * seed.randrange(1000)} for _ in range(HISTORY)))
    kinds = [Socket, Stream, Poll]
    progress = Progress(server)
    witnesses = [
        Witness(
            progress, kinds[index % 3], seed.randrange(HISTORY, HISTORY + APPENDED),
            seed.randrange(1, HISTORY + APPENDED) if index % 4 == 0 else None)
        for index in range(CLIENTS)
    ]
    progress.start()
    producers = Producers(server, "p", count=6, batch=60)
    for witness in witnesses:
        witness.start()
    enough = HISTORY + APPENDED
    eventually(lambda: server.head > enough and all(witness.seen for witness in witnesses), "all have joined", 3 * PATIENCE)
    producers.stop()
    last = server.head + 1
    for witness in witnesses:
        witness.end(last)
    server.append({"type": "last"})
    for witness in witnesses:
        witness.join(2 * PATIENCE)
    progress.join(PATIENCE)
    print(f"{last} events, {len(producers.acknowledged)} of them while clients joined")
    assert [witness.failure for witness in witnesses if witness.failure] == []
    assert {witness.seen for witness in witnesses} == {last}
    assert {witness.replayed for witness in witnesses if witness.kind is not Poll} == {1}
    # Acknowledged events are at their acknowledged offsets.
    assert len(set(producers.acknowledged.values())) == len(producers.acknowledged)


@pytest.mark.long
def test_a_stalled_reader_does_not_affect_others_and_misses_no_event(server):
    """The client stops reading with a tiny window during 40 MB of events, and then continues."""
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", server.port))
    with Socket(server, raw=raw) as stalled, Socket(server) as reader:
        before = memory(server)
        for _ in range(40):
            server.append(*({"type": "x", "data": "x" * 10_000} for _ in range(100)))
        assert [next(message for message in reader if "topic" in message)["offset"] for _ in range(4000)] == list(range(1, 4001))
        grown = memory(server) - before
        print(f"the server grew by {grown >> 20} MiB")
        # The shared cache of history may hold 32 MiB; a queue for the stalled client would take 40 MB more, in two encodings.
        assert grown < 200 << 20
        assert [next(message for message in stalled if "topic" in message)["offset"] for _ in range(4000)] == list(range(1, 4001))


def memory(server):
    """Anonymous memory, in bytes: pages of the log's map belong to the file."""
    with open(f"/proc/{server.pid}/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("RssAnon"))
