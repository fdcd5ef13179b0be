"""Measures appends and health checks while clients read a long log for a type that no event has.

Then measures the processor time that the requests of such clients take after the clients have left.
"""

from load import *

HEALTH = get("/healthz")


def read(server, request):
    while True:
        with Wire(server, timeout=PATIENCE) as wire:
            wire.send(request)
            wire.is_closed()
            assert wire.buffer.startswith(b"HTTP/1.1 200"), wire.buffer


def measure(server, seconds):
    """The times of appends and of health checks."""
    with Wire(server, timeout=PATIENCE) as wire, Wire(server, timeout=PATIENCE) as health:
        def append():
            begin_append(wire, "other", None)
            end_append(wire)
        both = repeated(lambda: (timed(append), timed(ask, health, HEALTH)), seconds)
    return tuple(zip(*both))


def leave(server, request, count):
    """The processor time of `count` requests after their clients have left, and how long they take; both in seconds."""
    wires = [Wire(server) for _ in range(count)]
    for wire in wires:
        wire.send(request)
    time.sleep(0.2)
    for wire in wires:
        wire.socket.close()
    began = now = time.monotonic()
    before = last = processor(server)
    while now - began < PATIENCE / 3:
        time.sleep(0.5)
        used = processor(server)
        if used - last < 0.05:
            break
        last, now = used, time.monotonic()
    return last - before, now - began


def main(events, readers, leavers, seconds):
    with serving() as server:
        fill(server, events, 10)
        alone = measure(server, seconds)
        for after in ("start", "-1000"):
            request = get(f"/api/events?after={after}&types=never", "Connection: close")
            with beside(readers, read, server, request):
                appends, checks = measure(server, seconds)
            print(
                f"{readers} clients read {events} events from {after} for none: append {latency(appends)}, alone {latency(alone[0])}; "
                f"health {latency(checks)}, alone {latency(alone[1])}")
            used, lasted = leave(server, request, leavers)
            print(f"{leavers} clients that left: {used:.2f} s of processor time in {lasted:.1f} s")


if __name__ == "__main__":
    main(**vars(sizes(__doc__, events=1_000_000, readers=16, leavers=64, seconds=6.0)))
