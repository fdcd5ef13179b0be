"""Measures append to receipt while every client in the chat writes drafts, and while none does."""

from socket import MSG_DONTWAIT

from load import *

from engineio_raw import TEXT
from raw import frame
from socketio_log import LogSocket

CHAT = "/chat"


def write(members, rate):
    """Each member sends a draft `rate` times a second and reads what has arrived."""
    sockets = [member.session.wire.socket for member in members]
    for socket in sockets:
        socket.settimeout(None)
    number = 0
    while True:
        began = time.monotonic()
        number += 1
        data = frame(TEXT, f'42{CHAT},["chat.draft",{{"text":"{number}"}}]'.encode())
        for socket in sockets:
            socket.sendall(data)
            with contextlib.suppress(BlockingIOError):
                socket.recv(1 << 18, MSG_DONTWAIT)
        time.sleep(max(0, began + 1 / rate - time.monotonic()))


def main(clients, rate, seconds):
    with serving() as server:
        live = Live(server)
        members = [LogSocket(server, CHAT, after="live", recovery=False, topics="chat/nothing") for _ in range(clients)]
        for member in members:
            assert member.command("chat.join", {}) == {}
        silent = repeated(live.receipt, seconds / 2)
        before, began = processor(server), time.monotonic()
        with beside(1, write, members, rate):
            receipts = repeated(live.receipt, seconds)
            cores = (processor(server) - before) / (time.monotonic() - began)
        print(f"{clients} write {rate:g} drafts a second each: append to receipt {latency(receipts)}, silent {latency(silent)}; {cores:.2f} cores")


if __name__ == "__main__":
    main(**vars(sizes(__doc__, clients=500, rate=5.0, seconds=10.0)))
