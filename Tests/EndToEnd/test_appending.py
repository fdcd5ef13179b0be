"""POST /api/events: one event or several; all of them are appended, or none."""

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest

from bodies import assert_problem
from readers import Socket
from socketio_log import LogSocket


def post(server, body, **options):
    return server.http.post("/api/events", json=body, **options)


def event(**fields):
    return {"topic": "t", "type": "happened", "data": 1, **fields}


def test_an_event_is_returned_as_it_was_sent_with_its_offset_and_time(server):
    sent = event(id="e1", source="me", data={"a": [1, 2.50, None, "¡é⚓"], "b": {}})
    answer = post(server, sent)
    assert answer.status_code == 201
    assert answer.json() == {"offset": 1, "offsets": [1], "duplicates": 0, "position": server.position(1)}
    kept = server.http.get("/api/events/1").json()
    assert {**sent, "offset": 1, "time": kept["time"]} == kept
    assert kept["time"].endswith("Z") and len(kept["time"]) == len("2026-01-02T03:04:05.678901Z")
    assert server.events()["events"] == [kept]


def test_an_event_that_is_not_there_is_answered_404(server):
    assert_problem(server.http.get("/api/events/1"), 404, "not-found")


def test_an_array_is_appended_in_its_order_at_consecutive_offsets(server):
    assert post(server, [event(data=number) for number in range(500)]).json()["offsets"] == list(range(1, 501))
    assert [kept["data"] for kept in server.events()["events"]] == list(range(500))


@pytest.mark.parametrize("bad, status, code, field", [
    (event(type="replayed"), 422, "invalid", "type"), (event(topic="a//b"), 422, "invalid", "topic"),
    (event(topic="x" * 256), 413, "too-large", "topic"), (event(type="x" * 128), 413, "too-large", "type"),
    (event(id="x" * 256), 413, "too-large", "id"), (event(source="x" * 256), 413, "too-large", "source"),
    (event(topic=""), 422, "invalid", "topic"), (event(id=""), 422, "invalid", "id"),
    (event(type="a\nb"), 422, "invalid", "type"), (event(data="x" * (1 << 20)), 413, "too-large", "data"),
    (event(expectedOffset=7), 409, "conflict", "expectedOffset"),
])
def test_an_array_with_one_wrong_event_appends_none(shared_server, bad, status, code, field):
    head = shared_server.head
    assert_problem(post(shared_server, [event(), bad, event()]), status, code, f"[1].{field}")
    assert_problem(post(shared_server, bad), status, code, field)
    assert shared_server.head == head


@pytest.mark.parametrize("body, field", [
    ({"type": "x", "data": 1}, "topic"), ({"topic": "t", "data": 1}, "type"), ({"topic": "t", "type": "x"}, "data"),
    (event(id=7), "id"), (event(source=7), "source"), (event(colour="red"), "colour"), (event(offset=1), "offset"),
    (event(encoding="hex"), "encoding"), (event(encoding="base64"), "data"), (event(expectedOffset=-1), "expectedOffset"),
    (7, "event"), ("text", "event"),
])
def test_a_malformed_event_is_rejected_with_its_field_and_index(shared_server, body, field):
    head = shared_server.head
    assert_problem(post(shared_server, body), 422, "invalid", field)
    assert_problem(post(shared_server, [event(), body]), 422, "invalid", f"[1].{field}")
    assert shared_server.head == head


def test_an_empty_array_appends_nothing(server):
    assert post(server, []).status_code in (201, 422)
    assert server.head == 0


def test_more_than_ten_thousand_events_at_once_are_refused(server):
    assert "10000" in assert_problem(post(server, [event()] * 10_001), 413, "too-large")["detail"]
    assert server.head == 0


def test_bytes_are_sent_as_base64(server):
    data = bytes(range(256))
    text = base64.b64encode(data).decode()
    post(server, event(data=text, encoding="base64"))
    kept = server.events()["events"][0]
    assert (kept["data"], kept["encoding"]) == (text, "base64")
    post(server, event(data="", encoding="base64"))
    assert server.events(after=1)["events"][0]["data"] == ""


@pytest.mark.parametrize("text", ["=", "a", "ab", "abc", "ab=c", "a===", "YQ", "YR==", "Y Q=", "YQ==\n", "-_-_"])
def test_invalid_base64_is_rejected(shared_server, text):
    assert_problem(post(shared_server, event(data=text, encoding="base64")), 422, "invalid", "data")


def test_an_id_is_appended_once(server):
    assert post(server, event(id="one")).json()["offset"] == 1
    again = post(server, event(id="one")).json()
    assert (again["offset"], again["duplicates"]) == (1, 1)
    # Known and new events in one append.
    mixed = post(server, [event(id="two"), event(id="one"), event(id="two"), event(id="three")]).json()
    assert (mixed["offsets"], mixed["duplicates"]) == ([2, 1, 2, 3], 2)
    server.restart()
    assert post(server, event(id="three")).json()["offset"] == 3
    assert server.head == 3


def test_reusing_an_id_for_another_event_is_a_conflict(server):
    post(server, event(id="one"))
    assert_problem(post(server, event(id="one", type="other")), 409, "id-conflict", "id")
    assert_problem(post(server, [event(), event(id="one", topic="other")]), 409, "id-conflict", "[1].id")
    assert_problem(post(server, event(id="one", data=2)), 409, "id-conflict", "id")
    assert_problem(post(server, event(data=2), headers={"Idempotency-Key": "one"}), 409, "id-conflict", "id")
    assert_problem(post(server, [event(id="two"), event(id="two", data=2)]), 409, "id-conflict", "[1].id")
    assert server.head == 1
    # The same data in another notation.
    assert server.http.post("/api/events", content=b'{"id":"one", "type":"happened",  "topic":"t", "data": 1 }').json()["duplicates"] == 1


def test_an_idempotency_key_is_the_id_of_a_single_event(server):
    for _ in range(2):
        assert post(server, event(), headers={"Idempotency-Key": "k"}).json()["offset"] == 1
    assert server.http.get("/api/events/1").json()["id"] == "k"
    assert post(server, event(id="k"), headers={"Idempotency-Key": "k"}).json()["offset"] == 1
    assert_problem(post(server, event(id="other"), headers={"Idempotency-Key": "k"}), 422, "invalid", "id")
    assert_problem(post(server, [event(id="other")], headers={"Idempotency-Key": "k"}), 422, "invalid", "[0].id")
    assert_problem(post(server, [event(id="a"), event(id="b")], headers={"Idempotency-Key": "k"}), 400, "invalid", "Idempotency-Key")
    assert post(server, [event()], headers={"Idempotency-Key": "k"}).json()["offset"] == 1
    assert_problem(post(server, [event(), event()], headers={"Idempotency-Key": "k"}), 400, "invalid", "Idempotency-Key")


def test_of_many_writers_with_one_expected_offset_one_succeeds(server):
    assert post(server, event(expectedOffset=0)).status_code == 201
    post(server, event(topic="other"))

    def write(number):
        return post(server, event(data=number, expectedOffset=1)).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, range(8))) == [201] + [409] * 7
    assert_problem(post(server, event(expectedOffset=0)), 409, "conflict", "expectedOffset")
    assert post(server, event(expectedOffset=3)).status_code == 201


def test_the_limit_of_data_can_be_raised(make_server):
    server = make_server("--max-data", str(4 << 20))
    assert post(server, event(data="x" * (3 << 20))).status_code == 201
    assert_problem(post(server, event(data="x" * (4 << 20))), 413, "too-large", "data")
    assert len(server.events()["events"][0]["data"]) == 3 << 20


DECIDED = {
    "product.created": "POST /api/products", "product.updated": "PATCH /api/products/{id}", "product.deleted": "DELETE /api/products/{id}",
    "message.posted": "POST /api/messages", "auction.opened": "POST /api/auctions", "bid.placed": "POST /api/auctions/{id}/bids",
    "auction.closed": "POST /api/auctions/{id}/close",
}


@pytest.mark.parametrize("type", DECIDED)
def test_appending_an_event_type_of_a_command_is_rejected_and_names_the_command(shared_server, type):
    head = shared_server.head
    for topic in ["products", "chat", "auctions/1", "t"]:
        for data in [{"id": 1, "title": "T", "code": "A", "price": -3}, {"item": "junk"}, None]:
            problem = assert_problem(post(shared_server, {"topic": topic, "type": type, "data": data}), 422, "decided-type", "type")
            assert problem["detail"].startswith(f"{type} events are appended by {DECIDED[type]}, ")
    assert_problem(post(shared_server, [event(), event(type=type)]), 422, "decided-type", "[1].type")
    assert_problem(post(shared_server, event(type=type), headers={"Idempotency-Key": "k"}), 422, "decided-type", "type")
    assert shared_server.head == head
    # A type that only has the same beginning is another type.
    assert post(shared_server, event(type=type + ".again")).status_code == 201


def test_sockets_reject_an_event_type_in_place_of_a_command(server):
    with Socket(server, after="live") as plain, LogSocket(server) as socket:
        for type in DECIDED:
            for answer in [plain.command(type, item="junk"), socket.command(type, {"item": "junk"})]:
                assert answer["error"]["code"] == "decided-type"
                assert answer["error"]["message"].startswith(f"{type} is the type of an event, not a command; send ")
    assert server.head == 0


def test_event_types_of_commands_can_be_imported_while_the_server_is_stopped(server):
    line = '{"topic":"products","type":"product.created","data":{"id":1,"title":"Lamp","code":"L-1","price":5}}\n'
    refused = server.tool("import", "--now", "-", input=line)
    assert refused.returncode == 1
    assert "product.created events are appended by POST /api/products" in refused.stderr
    assert server.head == 0
    server.stop()
    assert server.tool("import", "-", input=line).returncode == 0
    server.start()
    assert [entry["title"] for entry in server.http.get("/api/products").json()["products"]] == ["Lamp"]


def test_events_that_break_the_marketplaces_rules_are_kept_and_skipped(server):
    wrong = [{"id": 1}, {"id": "x", "title": 1}, [], None, {"id": 1, "title": "T", "code": "A", "price": -1}]
    server.restore(*({"topic": "products", "type": "product.created", "data": data} for data in wrong))
    post(server, {"topic": "products", "type": "product.exploded", "data": {}})
    assert server.http.get("/api/products").json() == {"offset": 6, "products": []}
    server.restart()
    assert len(server.events()["events"]) == 6
