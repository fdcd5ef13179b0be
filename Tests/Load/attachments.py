"""Measures the server's memory while Socket.IO clients leave an event with attachments unfinished, and when it closes them.

An event has ten attachments of 8 MiB together, because an attachment is a message of at most 1,000,000 bytes. Each client
sends nine of them.
"""

import select
import struct

from load import *

from engineio_raw import BINARY, CLOSE, TEXT, WebSocket
from raw import frame

COUNT, BYTES = 10, 838_861
PING, PONG = 9, 10
PLACEHOLDERS = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(COUNT))
HEADER = frame(TEXT, f'45{COUNT}-["x",{PLACEHOLDERS}]'.encode())
# Masked with zeros, so that it is built once for all clients.
ATTACHMENT = bytes([0x80 | BINARY, 0x80 | 127]) + struct.pack("!QI", BYTES, 0) + bytes(BYTES)


def join(server):
    session = WebSocket(server)
    session.send('40{"after":"live","recovery":false}')
    while not session.receive().startswith("40"):
        pass
    return session


def send(session):
    """Sends the unfinished event, and waits until the server has read it or has closed the session."""
    with contextlib.suppress(EOFError, ConnectionError):
        session.wire.send(HEADER)
        for _ in range(COUNT - 1):
            session.wire.send(ATTACHMENT)
        session.wire.send(frame(PING))
        while session.wire.read_frame()[0] not in (PONG, CLOSE):
            pass


def still_there(session):
    """Reads what has arrived and answers pings; false when the server has closed the session."""
    try:
        while session.wire.has_answer():
            opcode, payload = session.wire.read_frame()
            if opcode == CLOSE:
                return False
            if payload == b"2":
                session.send("3")
    except (EOFError, ConnectionError):
        return False
    return True


def main(clients, seconds):
    with serving() as server:
        sessions = [join(server) for _ in range(clients)]
        before, began = memory(server), time.monotonic()
        for session in sessions:
            send(session)
        held = memory(server)
        print(
            f"{clients} unfinished events of {(COUNT - 1) * BYTES / (1 << 20):.1f} MiB: {held:.1f} MiB, peak {memory(server, 'VmHWM'):.1f} MiB, "
            f"before {before:.1f} MiB; {(held - before) / clients:.2f} MiB a socket")
        ends = []
        while sessions and time.monotonic() - began < seconds:
            select.select([session.wire.socket for session in sessions], [], [], 0.5)
            there = [session for session in sessions if still_there(session)]
            ends += [time.monotonic() - began] * (len(sessions) - len(there))
            sessions = there
        when = f", the first after {ends[0]:.1f} s and the last after {ends[-1]:.1f} s" if ends else ""
        print(f"{len(ends)} of {clients} ended within {seconds:.0f} s{when}; {memory(server):.1f} MiB then")


if __name__ == "__main__":
    main(**vars(sizes(__doc__, clients=50, seconds=50.0)))
