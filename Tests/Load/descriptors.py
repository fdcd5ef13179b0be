"""Measures the processor time of a server that has no descriptors left for new connections, and while it is idle."""

import socket

from load import *


def cores(server, seconds):
    before = processor(server)
    time.sleep(seconds)
    return (processor(server) - before) / seconds


def main(left, clients, seconds):
    with serving() as server:
        idle = cores(server, seconds)
        limit = descriptors(server) + left
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (limit, limit))
        logged = len(server.stderr)
        waiting = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(clients)]
        used = cores(server, seconds)
        for connection in waiting:
            connection.close()
        with Wire(server, timeout=PATIENCE) as wire:
            again = timed(ask, wire, get("/healthz"))
        said = [line for line in server.stderr[logged:].splitlines() if line]
        print(
            f"{clients} connections, {left} descriptors: {used:.2f} cores, idle {idle:.2f}; "
            f"served {again * 1000:.1f} ms after the others have left; lines logged: {len(said)}")


if __name__ == "__main__":
    main(**vars(sizes(__doc__, left=10, clients=30, seconds=2.0)))
