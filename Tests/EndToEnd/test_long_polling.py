"""GET /api/events?wait=SECONDS."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from bitacora import PATIENCE, eventually
from raw import Wire
from readers import Poll


def poll(server, **query):
    started = time.monotonic()
    answer = server.events(wait=50, **query)
    return answer, time.monotonic() - started


def waiting(server, **query):
    """A connection whose request the server has read, and holds."""
    wire = Wire(server)
    wire.request("GET", "/api/events?" + urlencode({"wait": 50, **query}))
    eventually(wire.is_read, "the server reads the request")
    return wire


def body(wire):
    status, _, content = wire.response()
    assert status == 200, content
    return json.loads(content)


@pytest.mark.parametrize("ends", [lambda wire: wire.socket.shutdown(socket.SHUT_WR), lambda wire: wire.socket.close()], ids=["half", "whole"])
@pytest.mark.parametrize("query", ["after=live&wait=20", "after=-5&types=none&wait=20"])
def test_a_client_that_disconnects_in_the_middle_of_a_body_affects_no_one_else(server, query, ends):
    server.append_numbers(3)
    for _ in range(5):
        wire = Wire(server)
        wire.send(f"GET /api/events?{query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n".encode())
        eventually(wire.is_read, "the request has been read")
        ends(wire)
    assert server.stop() == 0
    assert "request failed" not in server.stderr


def test_a_poll_with_a_start_time_waits_and_gets_its_event(server):
    server.append_numbers(3)
    with ThreadPoolExecutor() as pool:
        for number in range(4, 8):
            answer = pool.submit(server.http.get, "/api/events", params={"after": "-5", "types": f"t{number}", "wait": 20})
            server.append({"type": f"t{number}"})
            assert [event["offset"] for event in answer.result().json()["events"]] == [number]


def test_existing_events_are_returned_at_once(server):
    server.append({"type": "x"})
    answer, seconds = poll(server)
    assert len(answer["events"]) == 1
    assert seconds < 10


def test_a_new_event_ends_the_wait(server):
    with waiting(server) as wire:
        assert not wire.has_answer()
        server.append({"type": "x"})
        answer = body(wire)
    assert (answer["events"][0]["offset"], answer["next"], answer["head"]) == (1, 1, 1)


def test_events_that_do_not_match_do_not_end_the_wait(server):
    with waiting(server, topics="chat") as wire:
        server.append_numbers(50)
        assert not wire.has_answer()
        server.append({"topic": "chat", "type": "x"})
        assert [event["offset"] for event in body(wire)["events"]] == [51]


def test_the_wait_ends_empty_when_its_time_is_over(server):
    server.append({"type": "x"})
    started = time.monotonic()
    answer = server.events(after="live", wait=0.5)
    assert (answer["events"], answer["next"], answer["head"]) == ([], 1, 1)
    assert time.monotonic() - started >= 0.45


def test_a_wait_of_zero_returns_at_once(server):
    assert server.events(wait=0)["events"] == []


@pytest.mark.parametrize("place", ["header", "parameter"])
def test_a_poll_may_name_its_last_event_as_a_stream_does(server, place):
    server.append({"type": "x"}, {"type": "y"})
    position = server.position(1)
    headers = {"Last-Event-ID": position} if place == "header" else {}
    query = {} if place == "header" else {"lastEventId": position}
    answer = server.http.get("/api/events", params={"wait": 50, "after": "start", **query}, headers=headers).json()
    assert [event["type"] for event in answer["events"]] == ["y"]


def test_many_can_wait_at_once(server):
    wires = [waiting(server) for _ in range(50)]
    server.append({"type": "x"})
    for wire in wires:
        with wire:
            assert body(wire)["next"] == 1


def test_a_client_that_disconnects_ends_its_wait(server):
    waiting(server).socket.close()
    # The wait has ended if the server can stop without a delay.
    started = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - started < 5


def test_a_server_that_stops_answers_waiting_polls(server):
    server.append({"type": "x"})
    with waiting(server, after=1) as wire:
        started = time.monotonic()
        server.process.terminate()
        answer = body(wire)
    assert (answer["events"], answer["next"]) == ([], 1)
    assert server.wait_for_end() == 0
    assert time.monotonic() - started < 5


@pytest.mark.long
def test_a_client_can_poll_many_times_with_one_connection_pool(server):
    """The answer of a held request closes its connection, and must say so, because clients reuse other connections."""
    def follow(_):
        with Poll(server, limit=7) as reader:
            return [next(reader)["offset"] for _ in range(300)]

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(follow, number) for number in range(8)]
        for _ in range(300):
            server.append({"type": "x"})
        for reader in readers:
            assert reader.result(2 * PATIENCE) == list(range(1, 301))
    answer = server.http.get("/api/events?after=live&wait=0.1")
    assert answer.headers["connection"] == "close"
