"""GET /api/events: the start, the filters and the limit."""

import json
import re
import socket
import time

import pytest

from bodies import assert_problem
from raw import Wire
from readers import Socket, Stream, offsets, until_replayed
from socketio_log import LogSocket
from socketio_log import offsets as socketio_offsets


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Ten events: 1–3 products, 4–6 chat, 7–9 auctions/42, 10 auctions/42/bids."""
    from bitacora import Server

    server = Server(tmp_path_factory.mktemp("reading")).start()
    for topic in ["products", "chat", "auctions/42"]:
        server.append(*({"topic": topic, "type": f"{kind}.happened"} for kind in "abc"))
    server.append({"topic": "auctions/42/bids", "type": "a.happened"})
    yield server
    server.end()


def read(server, **query):
    return offsets(server.events(**query)["events"])


def test_without_after_all_events_are_returned(server):
    answer = server.events()
    assert offsets(answer["events"]) == list(range(1, 11))
    assert (answer["next"], answer["head"]) == (10, 10)
    assert list(answer) == ["events", "next", "head", "position"]
    assert answer["position"] == server.position(10)


@pytest.mark.parametrize("after, first", [("start", 1), ("0", 1), ("4", 5), ("10", 11), ("live", 11), ("-3", 8), ("-0", 11), ("-99", 1)])
def test_after_is_what_the_client_has(server, after, first):
    assert read(server, after=after) == list(range(first, 11))


def test_after_may_be_a_position(server):
    assert read(server, after=server.position(7)) == [8, 9, 10]


@pytest.mark.parametrize("topics, expected", [
    ("chat", [4, 5, 6]), ("products,chat", [1, 2, 3, 4, 5, 6]), ("auctions/*", [7, 8, 9]), ("auctions/**", [7, 8, 9, 10]),
    ("*", [1, 2, 3, 4, 5, 6]), ("**", list(range(1, 11))), ("*/42", [7, 8, 9]), ("none", []), ("auctions", []),
    ("*/*/bids", [10]),
])
def test_topics_are_patterns(server, topics, expected):
    assert read(server, topics=topics) == expected


def test_topics_may_be_repeated(server):
    assert offsets(server.http.get("/api/events?topics=chat&topics=products").json()["events"]) == [1, 2, 3, 4, 5, 6]


NAMES = [("a,b", "x,y"), ("a", "x"), ("b", "y"), ("c\\d", "x"), ("c\\", "x")]


@pytest.fixture(scope="module")
def commas(tmp_path_factory):
    """Five events whose topics and types have commas and backslashes."""
    from bitacora import Server

    server = Server(tmp_path_factory.mktemp("commas")).start()
    server.append(*({"topic": topic, "type": type} for topic, type in NAMES))
    yield server
    server.end()


@pytest.mark.parametrize("query, expected", [
    ({"topics": "a,b"}, [2, 3]), ({"topics": "a\\,b"}, [1]), ({"topics": "a\\,b,b"}, [1, 3]), ({"topics": ["a\\,b", "a"]}, [1, 2]),
    ({"types": "x\\,y"}, [1]), ({"types": "x,y"}, [2, 3, 4, 5]), ({"topics": "c\\d"}, [4]), ({"topics": "c\\\\d"}, [4]), ({"topics": "c\\\\,a"}, [2, 5]),
])
def test_a_comma_in_a_name_is_escaped(commas, query, expected):
    assert offsets(commas.events(**query)["events"]) == expected
    with Stream(commas, **query) as stream:
        assert offsets(until_replayed(stream)[0]) == expected
    with Socket(commas, **query) as socket:
        assert offsets(until_replayed(socket)[0]) == expected
    if not isinstance(query.get("topics"), list):
        with LogSocket(commas, query=query) as socket:
            assert socketio_offsets(socket.until_replayed()[0]) == expected


def test_names_in_an_array_of_auth_are_not_split(commas):
    with LogSocket(commas, topics=["a,b", "c\\"]) as socket:
        assert socketio_offsets(socket.until_replayed()[0]) == [1, 5]
    with LogSocket(commas, topics="a\\,b,c\\d", types=["x,y", "x"]) as socket:
        assert socketio_offsets(socket.until_replayed()[0]) == [1, 4]


def test_the_command_line_and_the_inspector_escape_a_comma_in_a_name_too(commas):
    for arguments, expected in [
        (["--topic", "a\\,b"], [1]), (["--topic", "a,b"], [2, 3]), (["--type", "x\\,y", "--topic", "a\\,b"], [1]),
    ]:
        result = commas.tool("list", "--json", *arguments)
        assert [json.loads(line)["offset"] for line in result.stdout.splitlines()] == expected
    page = commas.http.get("/log", params={"topic": "a\\,b"}).text
    assert re.findall(r'id="event-(\d+)"', page) == ["1"]
    # The page of the event leads to all events of its topic.
    assert "/log?topic&#x3D;a%5C%2Cb" in commas.http.get("/log/1").text


def test_types_are_named_in_full(server):
    assert read(server, types="a.happened") == [1, 4, 7, 10]
    assert read(server, types="a.happened,b.happened", topics="chat,products") == [1, 2, 4, 5]
    assert read(server, types="a") == []


def test_the_last_n_are_counted_among_those_that_match(server):
    assert read(server, after="-2", types="a.happened") == [7, 10]
    assert read(server, after="-2", topics="chat") == [5, 6]


def test_pages_of_any_size_cover_all_events(server):
    for limit in [1, 3, 7, 10, 10_000]:
        found, after = [], "start"
        while True:
            page = server.events(after=after, limit=limit)
            assert len(page["events"]) <= limit
            if not page["events"]:
                break
            found += offsets(page["events"])
            after = page["next"]
        assert found == list(range(1, 11))


def test_next_goes_beyond_events_that_do_not_match(server):
    assert server.events(topics="none")["next"] == 10


def test_since_is_inclusive(server):
    times = [event["time"] for event in server.events()["events"]]
    for time_, offset in [(times[0], 1), (times[3], 4), (times[9], 10)]:
        assert read(server, since=time_)[0] == offset
    assert read(server, since="2001-01-01T00:00:00Z")[0] == 1
    assert read(server, since="2999-01-01T00:00:00Z") == []
    assert read(server, since=str(int(time.time()) - 3600))[0] == 1


@pytest.mark.parametrize("since, expected", [("1h", list(range(1, 11))), ("52w", list(range(1, 11))), ("0s", [])])
def test_since_may_be_an_age(server, since, expected):
    assert read(server, since=since) == expected


def test_since_means_the_same_on_every_transport(server):
    for since, expected in [("1h", list(range(1, 11))), ("0s", []), ("2001-01-01", list(range(1, 11))), ("2999-01-01", [])]:
        with Stream(server, since=since) as stream:
            assert offsets(until_replayed(stream)[0]) == expected
        with Socket(server, since=since) as socket:
            assert offsets(until_replayed(socket)[0]) == expected
        for handshake in [{"since": since}, {"query": {"since": since}}]:
            with LogSocket(server, **handshake) as socket:
                assert socketio_offsets(socket.until_replayed()[0]) == expected
        page = server.http.get("/log", params={"since": since}).text
        assert len(re.findall(r'id="event-(\d+)"', page)) == len(expected)


@pytest.mark.parametrize("since", ["2001-01-01T00:00:00%2B01:00", "2001-01-01T00:00:00+01:00", "2001-01-01T00:00:00%2001:00", "2001-01-01T00:00:00-01:00"])
def test_the_plus_of_a_time_zone_need_not_be_escaped(server, since):
    assert offsets(server.http.get(f"/api/events?since={since}").json()["events"]) == list(range(1, 11))


def test_an_invalid_time_is_rejected_with_the_valid_forms(server):
    answer = server.http.get("/api/events?since=yesterday").json()
    assert answer["detail"].startswith("'yesterday' is not a time; write 2026-01-02T03:04:05Z, a date, seconds since 1970, or an age: ")


@pytest.mark.parametrize("query", ["after=start", "after=-3", "since=2001-01-01T00:00:00Z"])
def test_a_client_that_has_closed_its_sending_side_is_answered(server, query):
    for _ in range(100):
        with Wire(server) as wire:
            wire.request("GET", f"/api/events?{query}")
            wire.socket.shutdown(socket.SHUT_WR)
            assert wire.response()[0] == 200


@pytest.mark.parametrize("field, value", [
    ("after", "x"), ("after", "-"), ("after", "--1"), ("after", "1.5"), ("after", ""), ("after", "zz:1"), ("after", "-100001"),
    ("limit", "0"), ("limit", "-1"), ("limit", "10001"), ("limit", "x"), ("since", "yesterday"), ("since", "2y"), ("topics", "a//b"),
    ("topcs", "a"), ("Types", "a"), ("topics", "**/a"), ("topics", "a*"), ("topics", "a\n"), ("types", "*"), ("types", "a.*,b"), ("types", "a\n"), ("types", "t" * 128), ("wait", "-1"), ("wait", "x"), ("wait", "56"), ("wait", "nan"),
])
def test_an_invalid_parameter_is_named(server, field, value):
    assert_problem(server.http.get("/api/events", params={field: value}), 400, "invalid", field)
    # The other transports reject it in the same way, before they open.
    if field != "wait":
        stream = server.http.get("/api/events", params={field: value}, headers={"Accept": "text/event-stream"})
        assert_problem(stream, 400, "invalid", field)


def test_after_and_since_exclude_each_other(server):
    assert_problem(server.http.get("/api/events?after=1&since=1"), 400, "invalid", "since")


def test_time_never_goes_back(server):
    times = [event["time"] for event in server.events()["events"]]
    assert times == sorted(times)
