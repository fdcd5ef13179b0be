"""A position that the log does not have is answered with `reset` and the full history."""

import pytest

from readers import Poll, Socket, Stream, offsets, until_replayed

OTHER = "0123456789abcdef"
CASES = [(f"{OTHER}:3", "other-log"), ("99", "ahead"), ("{id}:99", "ahead"), (f"{OTHER}:99", "other-log")]


@pytest.mark.parametrize("after, reason", CASES)
@pytest.mark.parametrize("reader", [Socket, Stream])
def test_a_socket_or_stream_gets_reset_before_the_history(server, reader, after, reason):
    server.append_numbers(5)
    with reader(server, after=after.format(id=server.log_id)) as stream:
        expected = {"type": "reset", "reason": reason, "first": 1, "head": 5, "position": server.position(0)}
        assert next(stream) == expected
        assert offsets(until_replayed(stream)[0]) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("after, reason", CASES)
def test_the_json_answer_has_reset_and_the_history(server, after, reason):
    server.append_numbers(5)
    answer = server.events(after=after.format(id=server.log_id))
    assert answer["reset"] == {"reason": reason, "first": 1, "head": 5}
    assert offsets(answer["events"]) == [1, 2, 3, 4, 5]


def test_a_long_poll_with_a_foreign_position_does_not_wait(server):
    with Poll(server, after=f"{OTHER}:3", wait=50) as poll:
        assert next(poll)["type"] == "reset"


def test_a_last_event_id_of_another_log_causes_a_reset(server):
    server.append_numbers(2)
    with Stream(server, last_id=f"{OTHER}:1") as stream:
        assert next(stream)["reason"] == "other-log"


@pytest.mark.parametrize("foreign", ["urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "x", "1.5", "-100001", "é"])
@pytest.mark.parametrize("place", ["header", "parameter"])
def test_an_invalid_last_event_id_causes_a_reset(server, foreign, place):
    server.append_numbers(2)
    headers = {"Last-Event-ID": foreign.encode()} if place == "header" else {}
    query = {} if place == "header" else {"lastEventId": foreign}
    with Stream(server, headers=headers, **query) as stream:
        assert next(stream)["reason"] == "other-log"
        assert offsets(until_replayed(stream)[0]) == [1, 2]
    answer = server.http.get("/api/events", params={"wait": 50, **query}, headers=headers).json()
    assert (answer["reset"]["reason"], offsets(answer["events"])) == ("other-log", [1, 2])


def test_the_head_and_an_empty_position_cause_no_reset(server):
    for after in ["0", "live", "-5", "start", server.position(0)]:
        with Socket(server, after=after) as socket:
            assert next(socket)["type"] == "replayed"
