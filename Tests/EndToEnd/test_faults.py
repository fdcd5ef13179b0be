"""A failing disk: the producer gets an error, the event is never visible, and the server recovers by itself if possible."""

import errno
import json

import pytest

from bitacora import Server, eventually, verified_head
from bodies import assert_problem
from disk import Faults, recorder
from readers import Socket, until_replayed

# More writes than the commit of one small event.
WRITES = 10
EVENT = {"topic": "t", "type": "x", "data": "x" * 3000}


@pytest.fixture
def faulty(tmp_path):
    """A server on a disk that fails on request."""
    server = Server(tmp_path)

    def start(*options):
        server.options = options
        server.faults = Faults(tmp_path / "faults")
        server.environment = {"LD_PRELOAD": str(recorder(tmp_path)), "FAULTS": str(tmp_path / "faults")}
        server.start()
        server.append(*[EVENT] * 3)
        return server

    yield start
    server.end()


def post(server, id):
    return server.http.post("/api/events", json={**EVENT, "id": id})


def assert_unseen(server, id, head):
    """Checks that the event is not visible: not by its id, not after the head, not for a following reader."""
    page = server.events(after="0", limit=10_000)
    assert page["head"] == head and len(page["events"]) == head
    assert id not in [event["id"] for event in page["events"]]
    listed = server.tool("list", "--json").stdout
    assert id not in [json.loads(line)["id"] for line in listed.splitlines()]


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EDQUOT], ids=errno.errorcode.get)
def test_each_sync_that_fails_costs_one_append_and_no_restart(faulty, error):
    server = faulty()
    with Socket(server, after="live") as reader:
        until_replayed(reader)
        for round in range(5):
            head = server.head
            server.faults.fail("sync", error)
            answer = post(server, f"lost-{round}")
            assert answer.status_code in (503, 507), answer.text
            assert str(server.directory) not in answer.text
            assert_unseen(server, f"lost-{round}", head)
            # The same again, like a client after an error.
            answer = post(server, f"lost-{round}")
            assert answer.status_code == 201 and answer.json()["offset"] == head + 1
            assert next(reader)["offset"] == head + 1
    assert server.http.get("/readyz").status_code == 200
    server.kill9()
    assert verified_head(server.data) == head + 1


def test_while_syncs_fail_the_server_is_not_ready_with_the_reason_and_reads_continue(faulty):
    server = faulty()
    server.faults.fail("sync", errno.EIO, count=1000)
    problem = assert_problem(post(server, "lost"), 503, "failed")
    assert "Input/output error" in problem["detail"] and "try again" in problem["detail"]
    for _ in range(3):
        problem = assert_problem(server.http.get("/readyz"), 503, "failed")
        assert str(server.directory) not in problem["detail"]
        assert server.http.get("/healthz").status_code == 200
        assert_unseen(server, "lost", 3)
    server.faults.fail("sync", errno.EIO, count=0)
    # The server finds out by itself. The last failure may still have to reach a descriptor that has not synced since.
    eventually(lambda: server.http.get("/readyz").status_code == 200, "ready again")
    assert server.stderr.count("fail: the log could not be written (mdb_txn_commit: Input/output error)") == 1
    # The server reports the change after it has made it.
    eventually(lambda: server.stderr.count("work again after ") == 1, "the log says so")
    assert server.append(EVENT) == [4]
    assert server.stop() == 0
    assert verified_head(server.data) == 4


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=errno.errorcode.get)
def test_each_failed_write_is_reported_and_its_event_is_never_visible(faulty, error):
    server = faulty()
    outcomes = []
    for skip in range(WRITES):
        head = server.head
        server.faults.fail("write", error, skip=skip)
        answer = post(server, f"lost-{skip}")
        if server.faults.left("write"):
            # The commit made fewer writes.
            assert answer.status_code == 201
            server.faults.fail("write", error, count=0)
            outcomes.append("written")
            continue
        assert_problem(answer, *(503, "failed") if error == errno.EIO else (507, "full"))
        assert_unseen(server, f"lost-{skip}", head)
        # Also after the meta page, when LMDB must open the file again.
        retried = post(server, f"lost-{skip}")
        assert retried.status_code == 201 and retried.json()["offset"] == head + 1
        outcomes.append("tried again")
    print(outcomes)
    assert "tried again" in outcomes and outcomes[-1] == "written"
    head = server.head
    assert server.stop() == 0
    assert verified_head(server.data) == head


def lose_meta_page(server, name):
    """Makes the write of a commit's meta page fail, and all syncs after it; the id of the event that was refused."""
    for skip in range(WRITES):
        server.faults.fail("write", errno.EIO, skip=skip)
        # The sync of the commit's data succeeds.
        server.faults.fail("sync", errno.EIO, skip=1, count=1000)
        answer = post(server, f"{name}-{skip}")
        assert_problem(answer, 503, "failed")
        if server.faults.left("sync") < 1000:
            # The disk may have the commit.
            assert "the append may still be in the log" in answer.json()["detail"]
            return f"{name}-{skip}"
        # A page of data failed: then there is no sync.
        server.faults.fail("sync", errno.EIO, count=0)
    raise AssertionError("no write was that of a meta page")


def test_a_failed_meta_page_and_failed_syncs_after_it_cost_no_restart(faulty):
    server = faulty()
    for head in range(3, 6):
        lost = lose_meta_page(server, f"lost-{head}")
        for _ in range(3):
            assert_problem(server.http.get("/readyz"), 503, "failed")
            assert_problem(post(server, lost), 503, "failed")
            assert_unseen(server, lost, head)
        assert "meta page failed" in (server.data / "writer.lock").read_text()
        server.faults.fail("sync", errno.EIO, count=0)
        if head == 3:
            eventually(lambda: server.http.get("/readyz").status_code == 200, "ready again by itself")
        assert post(server, lost).json()["offset"] == head + 1
        assert server.http.get("/readyz").status_code == 200
        assert "synced" in (server.data / "writer.lock").read_text().split("\n")
    assert "have stopped" not in server.stderr
    assert server.stop() == 0
    assert verified_head(server.data) == 6


def test_killed_before_a_failed_meta_page_was_written_again_the_next_start_checks(faulty):
    server = faulty()
    lost = lose_meta_page(server, "lost")
    server.kill9()
    server.faults.fail("sync", errno.EIO, count=0)
    server.start()
    assert "is sound up to offset 3" in server.stderr
    assert_unseen(server, lost, 3)
    assert post(server, lost).json()["offset"] == 4
    assert server.stop() == 0
    assert verified_head(server.data) == 4


@pytest.mark.parametrize("durability", ["interval(10)", "none"])
def test_with_fewer_syncs_a_failed_sync_ends_writing_and_the_next_start_checks_the_log(faulty, durability):
    server = faulty("--durability", durability)
    server.faults.fail("sync", errno.EIO, count=1000)
    if durability == "none":
        # The only sync.
        server.stop()
    else:
        answer = post(server, "first")
        while answer.status_code == 201:
            answer = post(server, "more")
        problem = assert_problem(answer, 503, "failed")
        assert "restart" in problem["detail"]
        assert_problem(server.http.get("/readyz"), 503, "failed")
        stopped = "have stopped: the log stopped writing after mdb_env_sync: Input/output error"
        eventually(lambda: server.stderr.count(stopped) == 1, "the log says so")
        server.kill9()
    assert "sync failed" in (server.data / "writer.lock").read_text()
    server.faults.fail("sync", errno.EIO, count=0)
    server.start()
    assert "is sound up to offset" in server.stderr
    assert server.append(EVENT) == [server.head]
    assert server.stop() == 0
    assert "synced" in (server.data / "writer.lock").read_text().split("\n")
