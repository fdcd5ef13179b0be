"""On a full map or disk appends fail with a clear error, nothing is lost, and appends work again when there is space."""

import os
import resource
import subprocess
import time

import pytest

from bitacora import eventually, verified_head
from bodies import assert_problem, product
from readers import Socket, until_replayed

BIG = [{"topic": "t", "type": "x", "data": "x" * 50_000}] * 4


def fill(server, limit=400):
    """Appends until an append is rejected; returns the rejection."""
    for _ in range(limit):
        answer = server.http.post("/api/events", json=BIG)
        if answer.status_code != 201:
            return answer
    raise AssertionError("it was never full")


def assert_only_appends_are_refused(server, answer):
    problem = assert_problem(answer, 507, "full")
    # A client may be on another machine, so the answer must not contain the path of the log.
    assert str(server.directory) not in answer.text
    head = server.events(after="live")["head"]
    assert head % 4 == 0, "an append was done by halves"
    assert len(server.events(after=f"-{min(head, 8)}")["events"]) == min(head, 8)
    assert server.http.get("/healthz").status_code == 200
    with Socket(server, after="-4") as socket:
        assert len(until_replayed(socket)[0]) == 4
        refused = socket.command("message.post", text="x" * 4096)
        if "error" in refused:
            assert refused["error"]["code"] == "full"
    return problem


def test_a_full_map_rejects_appends_and_a_larger_map_accepts_them(make_server):
    server = make_server("--max-size", str(4 << 20))
    problem = assert_only_appends_are_refused(server, fill(server))
    assert str(4 << 20) in problem["detail"]
    head = server.head
    assert server.stop() == 0
    assert verified_head(server.data) == head
    server.options = ("--max-size", str(64 << 20))
    server.start()
    assert server.append(*BIG) == list(range(head + 1, head + 5))


def test_while_appends_are_rejected_the_server_is_not_ready_and_logs_this_once(make_server):
    server = make_server("--max-size", str(4 << 20))
    detail = assert_problem(fill(server), 507, "full")["detail"]
    for _ in range(3):
        # Also after a probe was due, because a probe is as large as the refused append.
        asked = time.monotonic()
        assert_problem(server.http.get("/readyz"), 503, "full")
        assert_problem(server.http.post("/api/events", json=BIG), 507, "full")
        eventually(lambda: time.monotonic() - asked > 1.1, "another probe is due")
    assert_problem(server.http.get("/readyz"), 503, "full")
    assert server.stderr.count(f"appends to the log in {server.data} fail: {detail}") == 1
    # There is space for a small event, but perhaps not for a large one.
    assert server.append({"type": "x"})
    assert_problem(server.http.get("/readyz"), 503, "full")
    assert "work again" not in server.stderr


def test_a_server_without_appends_finds_new_free_space(server):
    server.append({"type": "x"})
    size = (server.data / "data.mdb").stat().st_size
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size + (1 << 20), hard))
    fill(server)
    head = server.events(after="live")["head"]
    assert_problem(server.http.get("/readyz"), 503, "full")
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))
    eventually(lambda: server.http.get("/readyz").status_code == 200, "ready again")
    assert server.stderr.count(f"appends to the log in {server.data} fail: ") == 1
    # The server reports the change after it has made it.
    eventually(lambda: server.stderr.count(f"appends to the log in {server.data} work again after ") == 1, "the log says so")
    assert server.append(*BIG) == list(range(head + 1, head + 5))
    server.stop()
    assert verified_head(server.data) == head + 4


def test_a_full_log_still_starts_with_the_same_size(make_server):
    server = make_server("--max-size", str(4 << 20))
    fill(server)
    head = server.head
    server.restart()
    assert server.head == head


def test_a_file_at_its_size_limit_rejects_appends_and_recovers_without_a_restart(server):
    server.http.post("/api/products", json=product())
    server.append(*({"type": "x"} for _ in range(7)))
    size = (server.data / "data.mdb").stat().st_size
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size + (1 << 20), hard))
    assert_only_appends_are_refused(server, fill(server))
    assert_problem(server.http.post("/api/events", json=BIG), 507, "full")
    head = server.head
    assert verified_head(server.data) == head
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))
    assert server.append(*BIG) == list(range(head + 1, head + 5))
    assert server.http.get("/readyz").status_code == 200
    server.kill9()
    assert verified_head(server.data) == head + 4


def test_a_file_just_below_its_limit_rejects_the_smallest_event(server):
    server.append({"type": "x"})
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (4096, hard))
    answer = server.http.post("/api/events", json={"topic": "t", "type": "x", "data": 1})
    assert_problem(answer, 507, "full")
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))
    assert server.append({"type": "x"}) == [2]
    assert server.stop() == 0
    assert verified_head(server.data) == 2


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "none", place], capture_output=True).returncode == 0
    if not mounted:
        pytest.skip("a small file system cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_rejects_appends_until_there_is_space(make_server, small_disk):
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * (3 << 20))
    server = make_server(directory=small_disk)
    assert_only_appends_are_refused(server, fill(server))
    head = server.head
    assert verified_head(server.data) == head
    ballast.unlink()
    assert server.append(*BIG) == list(range(head + 1, head + 5))
    server.restart()
    assert server.head == head + 4
    assert verified_head(server.data) == head + 4
