"""The latency of a tail, and its cost without events."""

import json
import os
import selectors
import subprocess
import time
from contextlib import contextmanager
from datetime import datetime

import pytest

from bitacora import EXECUTABLE, PATIENCE

pytestmark = pytest.mark.alone

EVENTS = 200
# The promised latency in seconds, p99.
LIMIT = 0.050


@contextmanager
def following(data):
    """`bitacora log tail --follow` after it has shown the last event."""
    process = subprocess.Popen(
        [EXECUTABLE, "log", "tail", "--follow", "--lines", "1", "--json", "--data", data], stdout=subprocess.PIPE)
    try:
        next_event(process)
        yield process
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0
        process.stdout.close()


def next_event(process):
    """The next line as JSON, and the time of its arrival in seconds since 1970."""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        assert selector.select(PATIENCE), "no event came"
    line = process.stdout.readline()
    return json.loads(line), time.time()


def seconds(event):
    return datetime.fromisoformat(event["time"]).timestamp()


def test_new_events_show_within_50_ms_of_their_commit(server):
    server.append({"type": "first"})
    delays = []
    with following(server.data) as tail:
        for number in range(EVENTS):
            server.append({"type": "measured", "data": number})
            event, shown = next_event(tail)
            assert event["data"] == number
            # An event is dated before its commit reaches the disk, so this is an upper bound.
            delays.append(shown - seconds(event))
    delays.sort()
    p50, p99 = delays[EVENTS // 2], delays[EVENTS * 99 // 100]
    print(f"append to tail: p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms of {EVENTS} events")
    assert p99 <= LIMIT


def test_an_idle_tail_uses_no_processor_time(server):
    server.append({"type": "first"})
    with following(server.data) as tail, selectors.DefaultSelector() as selector:
        selector.register(tail.stdout, selectors.EVENT_READ)
        before = processor_seconds(tail.pid)
        assert not selector.select(3), "an event that nobody has appended"
        assert processor_seconds(tail.pid) - before <= 0.05


def processor_seconds(pid):
    """User and system time of a process (proc(5), fields 14 and 15 of stat)."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
