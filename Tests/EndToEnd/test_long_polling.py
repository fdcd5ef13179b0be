"""GET /api/events?wait=SECONDS."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest


def poll(server, **query):
    started = time.monotonic()
    answer = server.events(wait=50, **query)
    return answer, time.monotonic() - started


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_what_is_there_is_answered_at_once(server):
    server.append({"type": "x"})
    answer, seconds = poll(server)
    assert len(answer["events"]) == 1
    assert seconds < 10


def test_a_new_event_ends_the_wait(server, pool):
    waiting = pool.submit(poll, server, after="live")
    time.sleep(0.3)  # so that it is waiting by now; an event before would be answered just as well
    assert not waiting.done()
    server.append({"type": "x"})
    answer, seconds = waiting.result(30)
    assert (answer["events"][0]["offset"], answer["next"], answer["head"]) == (1, 1, 1)
    assert seconds < 10


def test_events_that_do_not_match_do_not_end_the_wait(server, pool):
    waiting = pool.submit(poll, server, topics="chat")
    time.sleep(0.3)
    server.append_numbers(50)
    server.append({"topic": "chat", "type": "x"})
    answer, _ = waiting.result(30)
    assert [event["offset"] for event in answer["events"]] == [51]


def test_the_wait_ends_empty_when_its_time_is_over(server):
    server.append({"type": "x"})
    started = time.monotonic()
    answer = server.events(after="live", wait=0.5)
    assert (answer["events"], answer["next"], answer["head"]) == ([], 1, 1)
    assert time.monotonic() - started >= 0.45


def test_no_wait_is_no_wait(server):
    assert server.events(wait=0)["events"] == []


def test_many_can_wait_at_once(server):
    with ThreadPoolExecutor(50) as pool:
        waiting = [pool.submit(poll, server, after="live") for _ in range(50)]
        time.sleep(0.3)
        server.append({"type": "x"})
        assert all(future.result(30)[0]["next"] == 1 for future in waiting)


def test_a_client_that_goes_away_ends_its_wait(server):
    from raw import Wire

    with Wire(server) as wire:
        wire.request("GET", "/api/events?after=live&wait=50")
    # The wait is over when the server can stop without waiting for it.
    started = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - started < 5


def test_a_server_that_stops_answers_those_who_wait(server, pool):
    server.append({"type": "x"})
    waiting = pool.submit(poll, server, after="live")
    time.sleep(0.3)
    started = time.monotonic()
    process = server.process
    process.terminate()
    answer, _ = waiting.result(30)
    assert (answer["events"], answer["next"]) == ([], 1)
    assert process.wait(30) == 0
    assert time.monotonic() - started < 5


def test_a_client_can_poll_on_and_on_with_one_connection_pool(server):
    """An answer that was waited for ends its connection, and must say so: clients reuse what does not."""
    from readers import Poll

    def follow(_):
        with Poll(server, limit=7) as reader:
            return [next(reader)["offset"] for _ in range(300)]

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(follow, number) for number in range(8)]
        for _ in range(300):
            server.append({"type": "x"})
        for reader in readers:
            assert reader.result(60) == list(range(1, 301))
    answer = server.http.get("/api/events?after=live&wait=0.1")
    assert answer.headers["connection"] == "close"
