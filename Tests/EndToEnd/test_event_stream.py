"""Server-Sent Events on /api/events."""

from bodies import product
from raw import Wire
from readers import Stream, offsets, until_replayed


def test_history_then_replayed_then_live(server):
    server.append_numbers(10)
    with Stream(server) as stream:
        assert stream.answer.headers["content-type"] == "text/event-stream"
        events, replayed = until_replayed(stream)
        assert offsets(events) == list(range(1, 11))
        assert replayed == {"type": "replayed", "head": 10, "position": server.position(10)}
        server.append_numbers(2)
        assert [next(stream)["offset"], next(stream)["offset"]] == [11, 12]
        assert stream.last_id == server.position(12)


def test_a_stream_starts_with_its_reconnection_time(server):
    with Wire(server) as wire:
        wire.request("GET", "/api/events", [("Accept", "text/event-stream")])
        wire.take_until(b"\r\n\r\n")
        retry, *message = wire.take_until(b"\n\n").decode().splitlines()
        assert retry == "retry: 1000"
        # This is not a separate block: it has a message.
        assert any(line.startswith("data: ") for line in message)


def test_events_are_those_of_the_json_answer(server):
    server.http.post("/api/products", json=product(title="<é⚓\u2028>"))
    server.append({"type": "x", "data": "AAEC", "encoding": "base64", "id": "i"})
    with Stream(server) as stream:
        assert until_replayed(stream)[0] == server.events()["events"]


def test_a_stream_resumes_from_its_last_event_id(server):
    server.append_numbers(10)
    with Stream(server) as stream:
        for _ in range(4):
            next(stream)
        last = stream.last_id
    server.restart()
    server.append_numbers(1)
    # Like a browser: the same address with the header, which has priority over `after`.
    with Stream(server, last_id=last, after="start") as stream:
        assert offsets(until_replayed(stream)[0]) == list(range(5, 12))


def test_a_filter_applies_to_history_and_live_events(server):
    server.append({"topic": "chat", "type": "a"}, {"topic": "other", "type": "a"})
    with Stream(server, topics="chat", types="a") as stream:
        assert offsets(until_replayed(stream)[0]) == [1]
        server.append({"topic": "other", "type": "a"}, {"topic": "chat", "type": "b"}, {"topic": "chat", "type": "a"})
        assert next(stream)["offset"] == 5


def test_a_client_that_cannot_send_the_header_names_its_last_event_in_the_address(server):
    server.append_numbers(5)
    # Like polyfills: the first address with the parameter.
    with Stream(server, after="start", lastEventId=server.position(3)) as stream:
        assert offsets(until_replayed(stream)[0]) == [4, 5]
    # When an address is requested again, its parameter is older than the header.
    with Stream(server, last_id=server.position(4), lastEventId=server.position(1)) as stream:
        assert offsets(until_replayed(stream)[0]) == [5]
    with Stream(server, lastEventId="", after="2") as stream:
        assert offsets(until_replayed(stream)[0]) == [3, 4, 5]


def test_a_server_that_stops_ends_the_stream(server):
    with Stream(server) as stream:
        until_replayed(stream)
        server.process.terminate()
        assert list(stream) == []
    assert server.wait_for_end() == 0
