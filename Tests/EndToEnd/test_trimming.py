"""Trimmed events: subscribers are notified, projections stay correct, the server keeps running."""

import json
import signal
import subprocess
import threading
from itertools import islice

import pytest

from bitacora import EXECUTABLE, PATIENCE, eventually, tool, verified_head
from bodies import product
from producers import Producers
from readers import Poll, Socket, Stream, offsets, until_replayed


def trim(server, before, *options):
    result = server.tool("trim", "--before", before, "--yes", "--json", *options)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("reader", [Socket, Stream, Poll])
def test_a_position_in_trimmed_events_causes_a_reset_and_the_remaining_events(server, reader):
    server.append_numbers(50)
    assert trim(server, 31) == {"removed": 30, "first": 31, "head": 50}
    with reader(server, after=server.position(10)) as stream:
        reset = next(stream)
        assert (reset["type"], reset["reason"], reset["first"], reset["head"]) == ("reset", "gone", 31, 50)
        assert offsets(islice(stream, 20)) == list(range(31, 51))
    for after in ["start", server.position(30), "-20"]:
        with reader(server, after=after) as stream:
            assert offsets(islice(stream, 20)) == list(range(31, 51))


def test_a_subscriber_behind_a_trim_is_reset_and_continues(server):
    with Socket(server) as socket:
        assert next(socket)["type"] == "replayed"
        # More than the socket buffers hold, so that the server has to wait.
        big = [{"type": "big", "data": "x" * 100_000}] * 10
        for _ in range(40):
            server.append(*big)
        trim(server, 395)
        seen = 0
        for message in socket:
            if message["type"] == "reset":
                assert message["reason"] == "gone" and message["first"] == 395
                seen = 394
            elif "topic" in message:
                assert message["offset"] == seen + 1
                seen += 1
                if seen == 400:
                    break
        server.append({"type": "after"})
        assert next(message for message in socket if "topic" in message)["offset"] == 401


def test_an_offset_beyond_the_head_is_refused_and_nothing_is_removed(server):
    server.append_numbers(5)
    result = server.tool("trim", "--before", "99", "--yes")
    assert (result.returncode, len(server.events()["events"])) == (1, 5)
    assert "offset 99 is beyond the head of the log, which is 5" in result.stderr


def test_pages_and_the_api_are_right_after_trimming_and_a_restart(server):
    for number in range(20):
        assert server.http.post("/api/products", json=product(code=f"C-{number}", title=f"Thing {number}")).status_code == 201
    before = server.http.get("/api/products").json()
    trim(server, 15)
    server.kill9()
    server.start()
    after = server.http.get("/api/products").json()
    assert after == before
    assert "Thing 0" in server.http.get("/").text
    assert server.http.get("/api/events/14").status_code == 404
    assert server.http.post("/api/products", json=product(code="C-3")).status_code == 409
    server.stop()
    assert verified_head(server.data) == 20


def test_a_command_whose_event_was_trimmed_can_be_repeated(server):
    server.append({"type": "x", "id": "once"})
    server.append_numbers(5)
    assert server.append({"type": "x", "id": "once"}) == [1]
    trim(server, 3)
    assert server.append({"type": "x", "id": "once"}) == [7]


def first(server):
    return json.loads(server.tool("stats", "--json").stdout)["first"]


@pytest.mark.long
@pytest.mark.parametrize("options", [("--keep-events", "100"), ("--keep-bytes", "40kB"), ("--keep-age", "1s")])
def test_serve_applies_its_retention_while_events_arrive(make_server, options):
    server = make_server(*options, "--trim-every", "1s")
    for number in range(10):
        server.http.post("/api/products", json=product(code=f"C-{number}"))
    producers = Producers(server, "p")
    eventually(lambda: first(server) > 400, "the first events are trimmed")
    producers.stop()
    assert not [events for events in producers.unanswered]
    assert len(server.http.get("/api/products").json()["products"]) == 10
    assert server.stop() == 0
    assert verified_head(server.data) >= max(producers.acknowledged.values())
    if options[0] == "--keep-events":
        server.start()
        eventually(lambda: first(server) == server.head - 99, "the last hundred are kept")


def test_a_paused_reader_whose_events_are_trimmed_gets_an_error(server):
    for _ in range(20):
        server.append(*({"type": "x", "data": "y" * 200} for _ in range(1000)))
    process = subprocess.Popen(
        [EXECUTABLE, "log", "export", "--to", "20000", "--data", server.data], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = [process.stdout.readline()]
    trim(server, 20000)
    rest, errors = process.communicate(timeout=PATIENCE)
    lines += rest.splitlines()
    if process.returncode == 0:
        assert len(lines) == 20000
    else:
        assert "are no longer kept" in errors and len(lines) < 20000


def copied_bytes(data):
    """The size of the copy that a compaction makes of a log; 0 before it begins, and after it has replaced the log."""
    try:
        return (data / "compact.partial/data.mdb").stat().st_size
    except FileNotFoundError:
        return 0


@pytest.mark.long
def test_what_is_trimmed_while_a_log_is_compacted_stays_trimmed(server, seed):
    server.append_numbers(9000)
    server.stop()
    for before in range(1000, 9000, 1000):
        compact = subprocess.Popen(
            [EXECUTABLE, "log", "compact", "--yes", "--data", server.data], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        # The random moment: at once, after a number of copied bytes, or at the end.
        moment = seed.randrange(-200_000, 400_000)
        eventually(lambda: moment < 0 or compact.poll() is not None or copied_bytes(server.data) >= moment, "the file is being copied")
        trimmed = server.tool("trim", "--before", before, "--yes")
        _, errors = compact.communicate(timeout=PATIENCE)
        assert compact.returncode == 0 or "is open in process" in errors or "is being written" in errors, errors
        assert trimmed.returncode == 0, trimmed.stderr
        assert first(server) == before
        assert verified_head(server.data) == 9000


@pytest.mark.long
@pytest.mark.timeout(900)
def test_killed_trims_backups_and_compactions_leave_a_sound_log(server, seed, tmp_path):
    """kill -9 of the tool at random moments beside a server under load."""
    producers = Producers(server, "k", batch=20)
    for round in range(12):
        head = eventually(lambda: server.head > 20 + round * 200 and server.head, "events come")
        for number, arguments in enumerate([
            ("trim", "--before", str(head // 2), "--yes"), ("backup", str(tmp_path / f"backup-{round}")), ("verify",), ("tail", "--follow")]):
            process = subprocess.Popen(
                [EXECUTABLE, "log", *arguments, "--data", server.data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            timer = threading.Timer(seed.uniform(0.0, 0.12), process.kill)
            timer.start()
            status = process.wait(PATIENCE)
            timer.cancel()
            assert status in (0, -signal.SIGKILL), (arguments, status)
        backup = tmp_path / f"backup-{round}"
        if backup.exists():
            assert verified_head(backup) >= head
        result = server.tool("backup", backup) if not backup.exists() else None
        assert result is None or result.returncode == 0, result.stderr
        assert not (tmp_path / f"backup-{round}.partial").exists()
    producers.stop()
    kept = first(server)
    acknowledged = {id: offset for id, offset in producers.acknowledged.items() if offset >= kept}
    with Socket(server) as socket:
        events, _ = until_replayed(socket)
    assert offsets(events) == list(range(kept, server.head + 1))
    assert acknowledged.items() <= {event["id"]: event["offset"] for event in events}.items()
    server.kill9()
    for _ in range(3):
        process = subprocess.Popen([EXECUTABLE, "log", "compact", "--yes", "--data", server.data], stdout=subprocess.DEVNULL)
        timer = threading.Timer(seed.uniform(0.0, 0.1), process.kill)
        timer.start()
        process.wait(PATIENCE)
        timer.cancel()
        assert verified_head(server.data) == events[-1]["offset"]
    assert tool("log", "compact", "--yes", "--data", server.data).returncode == 0
    server.start()
    assert server.head == events[-1]["offset"]
