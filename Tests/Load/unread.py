"""Measures the server's memory while clients request a large answer and do not read it, and when the server closes them.

The server closes them after two minutes or more; --quick does not wait for that.
"""

from load import *

# How many seconds to wait for the server to close the connections.
LIMIT = 180


def peak(server):
    """The peak of the server's memory, in MiB, read when the memory has not grown for two seconds."""
    highest, since = 0, time.monotonic()
    while time.monotonic() - since < 2:
        if memory(server) > highest + 0.5:
            highest, since = memory(server), time.monotonic()
        time.sleep(0.05)
    return memory(server, "VmHWM")


def cuts(server, before, count, began):
    """The seconds until the first and the last of `count` connections were closed, from the server's descriptors.

    The clients cannot see the end of a connection behind the data that they do not read.
    """
    first = last = None
    while time.monotonic() - began < LIMIT and last is None:
        time.sleep(0.1)
        left = descriptors(server) - before
        if left < count and first is None:
            first = time.monotonic() - began
        if left <= 0:
            last = time.monotonic() - began
    return first, last


def main(clients, events, size, quick):
    with serving() as server:
        fill(server, events, size)
        before, opened = memory(server), descriptors(server)
        wires = [Wire(server, receive_buffer=4096) for _ in range(clients)]
        began = time.monotonic()
        for wire in wires:
            wire.send(get(f"/api/events?after=start&limit={min(events, 10_000)}"))
        highest = peak(server)
        print(
            f"{clients} clients do not read {min(events, 10_000)} events of {size} bytes: peak {highest:.1f} MiB, before {before:.1f} MiB; "
            f"{(highest - before) * 1024 / clients:.0f} KiB a client")
        if not quick:
            first, last = cuts(server, opened, clients, began)
            shown = [f"after {seconds:.0f} s" if seconds is not None else f"not within {LIMIT} s" for seconds in (first, last)]
            print(f"the first is closed {shown[0]}, the last {shown[1]}")
        for wire in wires:
            wire.socket.close()


if __name__ == "__main__":
    main(**vars(sizes(__doc__, clients=170, events=12_000, size=800, quick=False)))
