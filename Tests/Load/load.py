"""The common parts of the scripts in this folder.

Each script makes one kind of load and prints what the load costs other clients, and the same figures without the load:

    swift build -c release
    BITACORA=.build/release/bitacora .build/venv/bin/python Tests/Load/filters.py

`Tests/run` creates that Python environment; any Python with the packages of Tests/EndToEnd/requirements.txt will do.
Sizes are options: see --help. To measure an older executable, use the templates of its own commit:
BITACORA_VIEWS=../older/Views. The log is in a temporary directory; TMPDIR chooses its disk.
"""

import argparse
import contextlib
import itertools
import json
import multiprocessing
import os
import resource
import select
import socket
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tests/EndToEnd"))
# The server runs in another directory.
os.environ["BITACORA"] = os.path.abspath(os.environ.get("BITACORA", ROOT / ".build/release/bitacora"))
VIEWS = os.environ.get("BITACORA_VIEWS")

from bitacora import Server
from raw import Wire

# How many seconds to wait for an answer; no append takes as long.
PATIENCE = 60
# How many connections are opened at the same time.
ARRIVING = 100
# How many streams one client needs to have one on each event loop: each connection gets the next loop.
STREAMS = 4

EVENT_STREAM = ("Accept: text/event-stream",)
WEBSOCKET = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")


def sizes(description, **defaults):
    """The options of a script; each has the type of its default."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in defaults.items():
        if value is False:
            parser.add_argument(f"--{name}", action="store_true")
        else:
            parser.add_argument(f"--{name}", type=type(value), default=value, help=f"{value} unless given")
    return parser.parse_args()


# The server

@contextlib.contextmanager
def serving(*options):
    """`bitacora serve` on an empty log."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="bitacora-load-") as directory:
        server = Server(directory, *options)
        server.views = VIEWS
        try:
            yield server.start()
        finally:
            server.end()


def fill(server, count, size, topics=100):
    """Stops the server, imports `count` events with `size` bytes of data each, and starts it again."""
    assert server.stop() == 0, server.stderr
    file, data = server.directory / "events.jsonl", "x" * size
    with open(file, "w") as lines:
        for number in range(count):
            lines.write(f'{{"topic":"t/{number % topics}","type":"load","data":"{data}"}}\n')
    result = server.tool("import", "--no-ids", file)
    assert result.returncode == 0, result.stderr
    file.unlink()
    server.start()


def memory(server, name="VmRSS"):
    """The server's memory in MiB; `VmHWM` is the peak (proc(5), status)."""
    with open(f"/proc/{server.pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(name + ":"))


def stat(server, *fields):
    """The sum of fields of /proc/PID/stat, counted as proc(5) does."""
    with open(f"/proc/{server.pid}/stat") as file:
        values = file.read().rpartition(")")[2].split()
    return sum(int(values[field - 3]) for field in fields)


def processor(server):
    """The server's user and system time, in seconds."""
    return stat(server, 14, 15) / os.sysconf("SC_CLK_TCK")


def descriptors(server):
    return len(os.listdir(f"/proc/{server.pid}/fd"))


# Clients

def get(target, *headers):
    """A request as bytes."""
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()


def ask(wire, request):
    """Sends a request and reads its answer, which must be 200."""
    wire.send(request)
    status, _, body = wire.response()
    assert status == 200, body


def begin_append(wire, topic, data):
    body = json.dumps({"topic": topic, "type": "load", "data": data}).encode()
    wire.request("POST", "/api/events", [("Content-Type", "application/json")], body)


def end_append(wire):
    status, _, body = wire.response()
    assert status == 201, body


class Crowd:
    """Event streams and WebSockets that one thread reads; each has received `replayed` before the next ones are opened."""

    def __init__(self, server, requests):
        self.epoll = select.epoll()
        self.sockets, self.tails = {}, {}
        for start in range(0, len(requests), ARRIVING):
            group = requests[start:start + ARRIVING]
            for request in group:
                self._begin(server, request)
            self.wait(b"replayed", len(group))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for connection in self.sockets.values():
            connection.close()
        self.epoll.close()

    def _begin(self, server, request):
        connection = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        connection.sendall(request)
        self.sockets[connection.fileno()], self.tails[connection.fileno()] = connection, b""
        self.epoll.register(connection, select.EPOLLIN)

    def wait(self, mark, count):
        """The times at which `count` connections received `mark`, which each receives once."""
        times = []
        while len(times) < count:
            ready = self.epoll.poll(PATIENCE)
            assert ready, f"{count - len(times)} of {count} connections did not get {mark} within {PATIENCE} s"
            for descriptor, _ in ready:
                data = self.sockets[descriptor].recv(1 << 16)
                assert data and not data.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")), f"a connection ended: {data}"
                data = self.tails[descriptor] + data
                if mark in data:
                    times.append(time.monotonic())
                    data = b""
                self.tails[descriptor] = data[-len(mark):]
        return times


class Live:
    """A client that appends, with a stream on each event loop that receives its events."""

    def __init__(self, server):
        self.wire = Wire(server, timeout=PATIENCE)
        self.crowd = Crowd(server, [get("/api/events?after=live&topics=live", *EVENT_STREAM)] * STREAMS)
        self.numbers = itertools.count()

    def receipt(self):
        """The seconds from an append to its receipt by the last stream."""
        mark = f"mark {next(self.numbers)}."
        began = time.monotonic()
        begin_append(self.wire, "live", mark)
        last = max(self.crowd.wait(mark.encode(), STREAMS))
        end_append(self.wire)
        return last - began


@contextlib.contextmanager
def beside(count, work, *arguments):
    """Runs `work` in `count` processes until the block ends."""
    processes = [multiprocessing.get_context("fork").Process(target=work, args=arguments, daemon=True) for _ in range(count)]
    for process in processes:
        process.start()
    try:
        yield
        # Otherwise the figures are not those of the load.
        assert all(process.is_alive() for process in processes), "a client ended before its time"
    finally:
        for process in processes:
            process.terminate()
            process.join()


# Figures

def timed(action, *arguments):
    """The seconds that `action` takes."""
    began = time.monotonic()
    action(*arguments)
    return time.monotonic() - began


def repeated(action, seconds, pace=0.02):
    """The results of `action`, repeated for `seconds`: once every `pace` seconds, or more slowly when it takes longer."""
    results, end = [], time.monotonic() + seconds
    while not results or time.monotonic() < end:
        began = time.monotonic()
        results.append(action())
        time.sleep(max(0, began + pace - time.monotonic()))
    return results


def median(seconds):
    return sorted(seconds)[len(seconds) // 2]


def p99(seconds):
    return sorted(seconds)[len(seconds) * 99 // 100]


def latency(seconds):
    return f"median {median(seconds) * 1000:.1f} ms, p99 {p99(seconds) * 1000:.1f} ms of {len(seconds)}"
