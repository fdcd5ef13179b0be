"""How soon a tail shows what the server has committed, and what it costs while nothing comes."""

import json
import os
import selectors
import subprocess
import time
from contextlib import contextmanager
from datetime import datetime, timezone

import pytest

from bitacora import EXECUTABLE, PATIENCE

pytestmark = pytest.mark.alone

EVENTS = 200
# In seconds: the promise, for 99 of 100 events.
LIMIT = 0.050


@contextmanager
def following(data):
    """`bitacora log tail --follow` that has begun: it has shown the last event."""
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
    """The next line as JSON, and when it came, in seconds since 1970."""
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


def test_a_tail_that_waits_takes_no_processor(server):
    server.append({"type": "first"})
    # Each ends by itself; the first does not wait.
    start, waiting = processor_seconds(server.data, until=-1), processor_seconds(server.data, until=3)
    print(f"{start:.3f} s of processor time for a tail that ends at once, {waiting:.3f} s for one that waits three seconds")
    assert waiting - start <= 0.05


def processor_seconds(data, until):
    """User and system time of a tail that follows until so many seconds from now."""
    moment = datetime.fromtimestamp(time.time() + until, timezone.utc).isoformat().replace("+00:00", "Z")
    tail = subprocess.Popen([EXECUTABLE, "log", "tail", "--follow", "--until", moment, "--data", data], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(tail.pid, 0)
    tail.returncode = os.waitstatus_to_exitcode(status)
    assert tail.returncode == 0
    return usage.ru_utime + usage.ru_stime
