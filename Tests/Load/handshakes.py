"""Makes Engine.IO handshakes on one connection, as fast as the server answers, and measures when a new client is served."""

from collections import Counter

from load import *

from engineio_raw import ask as ask_once
from engineio_raw import target

HANDSHAKE = get(target(transport="polling"))
# How many requests are sent before the first answer is read.
AHEAD = 50


def flood(server, seconds):
    """The number of handshakes of one connection by status, and what `newcomer` returns after them."""
    statuses, end = Counter(), time.monotonic() + seconds
    with Wire(server, timeout=PATIENCE) as wire, contextlib.suppress(EOFError, ConnectionError):
        while time.monotonic() < end:
            wire.send(HANDSHAKE * AHEAD)
            for _ in range(AHEAD):
                statuses[wire.response()[0]] += 1
        # While the connection is still open, because a server may end the sessions of a closed one.
        return statuses, newcomer(server)
    return statuses, newcomer(server)


def newcomer(server, limit=PATIENCE):
    """How often a new client is refused, and the seconds until it is served; None when it is not served within the limit."""
    refused, began = 0, time.monotonic()
    while time.monotonic() - began < limit:
        if ask_once(server, "GET", target(transport="polling")).status == 200:
            return refused, time.monotonic() - began
        refused += 1
        time.sleep(0.25)
    return refused, None


def main(seconds):
    with serving() as server:
        _, alone = newcomer(server)
        before = memory(server)
        statuses, (refused, served) = flood(server, seconds)
        answers = ", ".join(f"{count} of {status}" for status, count in sorted(statuses.items()))
        print(f"handshakes on one connection in {seconds:.0f} s: {answers}; peak {memory(server, 'VmHWM'):.1f} MiB, before {before:.1f} MiB")
        when = f"after {served * 1000:.1f} ms" if served is not None else f"not within {PATIENCE} s"
        print(f"a new client is served {when}, refused {refused} times before; alone after {alone * 1000:.1f} ms")


if __name__ == "__main__":
    main(**vars(sizes(__doc__, seconds=5.0)))
