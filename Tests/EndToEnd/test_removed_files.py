"""Files that are removed or replaced, under a running server or before it starts, do not silently lose acknowledged events."""

import os
import shutil

import pytest

from bodies import assert_problem
from test_startup_errors import refusal, unreadable


def remove(data):
    shutil.rmtree(data)


def move(data):
    data.rename(data.with_name("elsewhere"))


def replace(data):
    move(data)
    shutil.copytree(data.with_name("elsewhere"), data)


@pytest.mark.parametrize("take", [remove, move, replace])
def test_removing_the_data_directory_stops_appends_but_not_reads(server, take):
    server.append_numbers(3)
    take(server.data)
    # Before the next append.
    detail = assert_problem(server.http.get("/readyz"), 503, "failed")["detail"]
    assert "was removed or replaced while it was open" in detail
    for _ in range(2):
        answer = server.http.post("/api/events", json={"topic": "t", "type": "x", "data": 1})
        assert assert_problem(answer, 503, "failed")["detail"] == detail
    assert len(server.events(after="0")["events"]) == 3
    assert server.http.get("/healthz").status_code == 200
    assert server.stderr.count("have stopped: ") == 1
    assert server.stop() == 0


def test_without_the_lock_file_a_second_server_does_not_start(server):
    server.append_numbers(3)
    (server.data / "writer.lock").unlink()
    for _ in range(2):
        assert "is being written by another process" in refusal(server.data)
    server.append({"type": "x"})
    server.restart()
    assert server.head == 4


def test_an_emptied_log_is_refused_and_not_created_again(server):
    server.append_numbers(3)
    server.stop()
    os.truncate(server.data / "data.mdb", 0)
    for line in (refusal(server.data), unreadable(server.data)):
        assert "recovery.key beside it shows that the log was in use" in line and "restore the log from a backup" in line
    (server.data / "recovery.key").unlink()
    for line in (refusal(server.data), unreadable(server.data)):
        assert "writer.lock beside it belongs to the log" in line
    assert (server.data / "data.mdb").stat().st_size == 0
