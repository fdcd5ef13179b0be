"""The plain WebSocket on /api/events."""

import pytest
from websockets.exceptions import ConnectionClosed

from bodies import product
from raw import Wire, frame
from readers import Socket, offsets, until_replayed


@pytest.fixture
def socket(server):
    with Socket(server, after="live") as socket:
        until_replayed(socket)
        yield socket


def test_history_then_replayed_then_live(server):
    server.append_numbers(10)
    with Socket(server) as socket:
        events, replayed = until_replayed(socket)
        assert events == server.events()["events"]
        assert replayed == {"type": "replayed", "head": 10, "position": server.position(10)}
        server.append_numbers(2)
        assert [next(socket)["offset"], next(socket)["offset"]] == [11, 12]


def test_replayed_is_said_once(server, socket):
    for number in range(20):
        server.append({"type": "x"})
        assert next(socket)["offset"] == number + 1


def test_filters_apply_to_history_and_live_events(server):
    server.append({"topic": "auctions/1", "type": "a"}, {"topic": "chat", "type": "a"})
    with Socket(server, topics="auctions/*", types="a") as socket:
        assert offsets(until_replayed(socket)[0]) == [1]
        server.append({"topic": "auctions/1", "type": "b"}, {"topic": "auctions/2", "type": "a"})
        assert next(socket)["offset"] == 4


def test_a_product_posted_over_http_reaches_every_socket(server):
    sockets = [Socket(server) for _ in range(5)]
    server.http.post("/api/products", json=product(title="By HTTP"))
    for socket in sockets:
        assert next(message for message in socket if "topic" in message)["data"]["title"] == "By HTTP"
        socket.close()


def test_a_command_is_answered_with_its_offset_after_it_is_durable(server, socket):
    assert socket.command("product.create", ref=1, **product()) == {"type": "ack", "ref": 1, "offset": 1}
    assert server.http.get("/api/products/1").status_code == 200
    assert server.events()["events"][0]["source"] == "websocket"
    assert socket.command("product.update", ref=2, id=1, stock=4)["offset"] == 2
    assert socket.command("product.delete", ref=3, id=1)["offset"] == 3


@pytest.mark.parametrize("name, data, code, field", [
    ("product.create", {"title": "T", "code": "C"}, "missing", "price"),
    ("product.create", {"title": "T", "code": "C", "price": "1"}, "invalid", "price"),
    ("product.create", {"title": "T", "code": "C", "price": 1, "colour": 1}, "unknown-field", "colour"),
    ("product.delete", {"id": 7}, "not-found", "id"), ("product.update", {"stock": 7}, "missing", "id"),
    ("product.explode", {}, "unknown-command", None),
    ("message.post", {"text": ""}, "invalid", "text"),
])
def test_a_refused_command_is_answered_with_its_code_and_field(server, socket, name, data, code, field):
    answer = socket.command(name, **data)
    assert (answer["error"]["code"], answer["error"].get("field")) == (code, field)
    assert answer["error"]["message"]
    assert server.head == 0


@pytest.mark.parametrize("ref", [0, "a", None, [1, {"b": None}], {"deep": [True]}, 1.50])
def test_the_reference_is_returned_unchanged(socket, ref):
    assert socket.command("product.delete", ref=ref, id=1)["ref"] == ref


@pytest.mark.parametrize("text", ["", "garbage", "{", "[]", "7", "{}", '{"command":7}', '{"command":"x","extra":1}', '{"command":"message.post","id":7}'])
def test_invalid_commands_are_answered_and_the_socket_stays_open(socket, text):
    socket.connection.send(text)
    answer = next(socket)
    assert (answer["type"], answer["error"]["code"]) == ("ack", "invalid")
    assert socket.command("message.post", text="still here")["offset"] == 1


def test_a_reference_that_is_too_long_is_refused(socket):
    socket.send(command="message.post", data={"text": "t"}, ref="x" * 200)
    answer = next(socket)
    assert (answer["ref"], answer["error"]["field"]) == (None, "ref")


def test_a_binary_message_closes_with_1003(socket):
    socket.connection.send(b"\x00")
    with pytest.raises(ConnectionClosed) as closed:
        next(socket)
    assert closed.value.rcvd.code == 1003


def test_a_command_with_an_id_takes_effect_once(server, socket):
    for ref in range(3):
        socket.send(command="message.post", data={"text": "t"}, id="one", ref=ref)
    acks = [message for message in (next(socket) for _ in range(4)) if message["type"] == "ack"]
    assert [(ack["ref"], ack["offset"]) for ack in sorted(acks, key=lambda ack: ack["ref"])] == [(0, 1), (1, 1), (2, 1)]
    assert server.head == 1


def test_a_message_is_signed_with_a_name_of_its_socket(server, socket):
    socket.command("message.post", text="one")
    socket.command("message.post", text="two")
    with Socket(server) as other:
        other.command("message.post", text="three")
    names = [event["data"]["socket"] for event in server.events()["events"]]
    assert names[0] == names[1] != names[2]
    assert all(len(name) == 20 for name in names)


def test_the_commands_of_a_socket_are_decided_in_their_order_and_none_is_lost(server, socket):
    for ref in range(1000):
        socket.send(command="message.post", data={"text": str(ref)}, ref=ref)
    answers = acknowledgements(socket, 1000)
    assert [(answer["ref"], answer["offset"]) for answer in answers] == [(ref, ref + 1) for ref in range(1000)]
    assert [event["data"]["text"] for event in server.events(limit=1000)["events"]] == [str(ref) for ref in range(1000)]


def acknowledgements(socket, count):
    answers = []
    while len(answers) < count:
        if (message := next(socket))["type"] == "ack":
            answers.append(message)
    return answers


def test_answers_have_the_order_of_the_commands_whatever_their_results(server):
    """Of each four commands one is appended, one is rejected by the state, one is unknown, and one is malformed."""
    with Socket(server, after="live", topics="nothing") as socket:
        until_replayed(socket)
        answers = []
        for first in range(0, 3000, 600):  # more at once than may be pending, and fewer than may be unread
            for ref in range(first, first + 600, 4):
                socket.send(command="message.post", data={"text": str(ref)}, ref=ref)
                socket.send(command="product.delete", data={"id": 7}, ref=ref + 1)
                socket.send(command="product.explode", ref=ref + 2)
                socket.send(ref=ref + 3)
            answers += acknowledgements(socket, 600)
    assert [answer["ref"] for answer in answers] == list(range(3000))
    assert [answer.get("offset") or answer["error"]["code"] for answer in answers] == [
        outcome for number in range(750) for outcome in [number + 1, "not-found", "unknown-command", "invalid"]]


def test_a_connection_that_was_used_for_http_can_become_a_socket(server):
    server.append_numbers(2)
    with Wire(server) as wire:
        for _ in range(3):
            wire.request("GET", "/api/products")
            assert wire.response()[0] == 200
        wire.request("POST", "/api/messages", body=b'{"text":"over the same connection"}')
        assert wire.response()[0] == 201
        assert wire.upgrade("/api/events?after=2") == 101
        assert b'"offset":3' in wire.read_frame()[1]
        assert b'"replayed"' in wire.read_frame()[1]
        wire.send(frame(1, b'{"command":"message.post","data":{"text":"t"},"ref":1}'))
        assert b'"offset":4' in wire.read_frame()[1]


def test_an_upgrade_with_a_wrong_parameter_is_refused_as_http(server):
    for query in ["after=x", "limit=3", "wait=1", "topcs=a", "topics=a//b"]:
        with Wire(server) as wire:
            assert wire.upgrade(f"/api/events?{query}") == 400


def test_other_paths_accept_no_socket(server):
    for path in ["/", "/api/products", "/api/events/1", "/nothing"]:
        with Wire(server) as wire:
            assert wire.upgrade(path) in (200, 404, 426)
