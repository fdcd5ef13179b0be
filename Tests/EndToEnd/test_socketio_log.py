"""The log over Socket.IO: history, live events, filters, namespaces, commands."""

import asyncio
import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from bitacora import Server
from bodies import product
from engineio_raw import EACH_KIND, Polling, Upgraded, WebSocket, target, until_ended
from raw import frame
from socketio_log import LogSocket, Refused, as_event, offsets
from socketio_python import TRANSPORTS, AsyncClient, run


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("log")).start()
    server.append(
        {"topic": "auctions/1", "type": "a"}, {"topic": "auctions/2", "type": "b"}, {"topic": "chat", "type": "a"},
        {"topic": "chat/rooms/1", "type": "b"}, {"topic": "chatter", "type": "a"}, {"topic": "auctions/1/bids", "type": "bid"})
    yield server
    server.end()


@pytest.fixture(params=EACH_KIND, ids=lambda kind: kind.kind)
def kind(request):
    return request.param


# History, replayed, live

def test_history_then_replayed_then_live(server, kind):
    server.append({"type": "x", "data": {"a": [1, 2.5, None, "ñ"]}, "id": "one", "source": "me"}, {"type": "y"})
    server.append_numbers(2500)
    with LogSocket(server, kind=kind) as socket:
        assert set(socket.answer) == {"sid", "pid"}
        events, replayed = socket.until_replayed()
        stored = server.events(limit=1000)["events"]
        assert events[:1000] == [as_event(event, server) for event in stored]
        assert offsets(events) == list(range(1, 2503))
        assert replayed == {"head": 2502, "position": server.position(2502)}
        assert socket.position == server.position(2502)
        server.append({"type": "z"})
        assert next(socket) == as_event(server.http.get("/api/events/2503").json(), server)


def test_without_recovery_there_are_two_arguments_and_no_pid(server, kind):
    server.append_numbers(3)
    with LogSocket(server, kind=kind, recovery=False) as socket:
        assert set(socket.answer) == {"sid"}
        events, replayed = socket.until_replayed()
        assert events == [as_event(event) for event in server.events()["events"]]
        assert replayed == {"head": 3, "position": server.position(3)}
        assert socket.position is None
        server.append({"type": "z"})
        assert len(next(socket)) == 3


def test_bytes_on_the_wire(server):
    server.append({"topic": "t", "type": "x", "data": {"a": 1}})
    time = server.http.get("/api/events/1").json()["time"]
    meta = f'{{"offset":1,"time":"{time}","topic":"t","id":null,"source":"http"}}'
    position = server.position(1)
    for auth, extra in [("", f',"{position}"'), ('{"recovery":false}', "")]:
        for session in [WebSocket(server), Polling(server)]:
            session.send("40" + auth)
            assert re.fullmatch(r'40\{"sid":"[A-Za-z0-9_-]{20,}"(,"pid":"[A-Za-z0-9_-]+")?\}', session.receive())
            assert session.receive() == f'42["x",{{"a":1}},{meta}{extra}]'
            assert session.receive() == f'42["replayed",{{"head":1,"position":"{position}"}}{extra}]'
            session.close()


def test_recovery_can_be_switched_off_for_all(make_server):
    server = make_server("--no-recovery")
    server.append({"type": "x"})
    with LogSocket(server) as socket:
        assert set(socket.answer) == {"sid"}
        assert [len(event) for event in socket.until_replayed()[0]] == [3]


def test_bytes_are_an_attachment(server, kind):
    data = bytes(range(256))
    server.append({"type": "x", "data": base64.b64encode(data).decode(), "encoding": "base64"}, {"type": "y"}, {"type": "x", "data": "", "encoding": "base64"})
    with LogSocket(server, kind=kind) as socket:
        events, _ = socket.until_replayed()
        assert [event[1] for event in events] == [data, None, b""]
        server.append({"type": "x", "data": base64.b64encode(data).decode(), "encoding": "base64"})
        assert next(socket)[1] == data


def test_an_upgrade_in_the_middle_of_history_and_of_live_events_loses_and_repeats_nothing(server, seed):
    server.append(*({"type": "x", "data": "x" * seed.randrange(2000)} for _ in range(2000)))
    for round in range(8):
        session = Polling(server)
        session.send("40")
        packets = []
        for _ in range(seed.randrange(0, 4)):
            packets.append(session.receive())
        candidate = WebSocket(server, sid=session.sid)
        candidate.send("2probe")
        assert candidate.receive() == "3probe"
        if round % 2:
            packets.append(session.receive())
        packets += session.waiting
        candidate.send("5")
        server.append({"type": "live"})
        head = 2001 + round
        events = [packet for packet in packets if packet[:3] == "42[" and '["replayed"' not in packet]
        while len(events) < head:
            packet = candidate.receive()
            if '["replayed"' not in packet and packet[:3] == "42[":
                events.append(packet)
        assert [json.loads(event[2:])[2]["offset"] for event in events] == list(range(1, head + 1))
        session.close()
        candidate.close()


# What is replayed

@pytest.mark.parametrize("auth, expected", [
    ({}, [1, 2, 3, 4, 5, 6]), ({"after": "start"}, [1, 2, 3, 4, 5, 6]), ({"after": 0}, [1, 2, 3, 4, 5, 6]),
    ({"after": 4}, [5, 6]), ({"after": "4"}, [5, 6]), ({"after": "{id}:4"}, [5, 6]), ({"after": 6}, []),
    ({"after": "live"}, []), ({"after": "-2"}, [5, 6]), ({"after": -2}, [5, 6]), ({"after": "-100"}, [1, 2, 3, 4, 5, 6]),
    ({"after": None}, [1, 2, 3, 4, 5, 6]), ({"since": "2001-01-01T00:00:00Z"}, [1, 2, 3, 4, 5, 6]), ({"since": "2999-01-01"}, []),
    ({"since": "1h"}, [1, 2, 3, 4, 5, 6]),
    ({"topics": "auctions/*"}, [1, 2]), ({"topics": ["auctions/*"]}, [1, 2]), ({"topics": "auctions/**"}, [1, 2, 6]),
    ({"topics": "chat,chatter"}, [3, 5]), ({"topics": ["chat", "chatter"]}, [3, 5]), ({"topics": []}, [1, 2, 3, 4, 5, 6]),
    ({"types": "a"}, [1, 3, 5]), ({"types": "a,bid"}, [1, 3, 5, 6]), ({"types": ["b"]}, [2, 4]), ({"types": "nothing"}, []),
    ({"topics": "auctions/**", "types": ["bid"], "after": 2}, [6]), ({"colour": "red"}, [1, 2, 3, 4, 5, 6]),
    ({"token": "t", "user": "Ada", "_": 1}, [1, 2, 3, 4, 5, 6]),
])
def test_auth_selects_the_events(shared_server, auth, expected):
    auth = {name: value.format(id=shared_server.log_id) if isinstance(value, str) else value for name, value in auth.items()}
    with LogSocket(shared_server, **auth) as socket:
        events, replayed = socket.until_replayed()
        assert offsets(events) == expected
        assert replayed["head"] == 6


@pytest.mark.parametrize("query, auth, expected", [
    ({"after": "4"}, {}, [5, 6]), ({"topics": "chat,chatter"}, {}, [3, 5]), ({"types": "bid"}, {}, [6]),
    ({"after": "live"}, {"after": 4}, [5, 6]), ({"topics": "chat"}, {"types": "a"}, [3]), ({"recovery": "false"}, {}, [1, 2, 3, 4, 5, 6]),
])
def test_the_query_is_used_where_auth_has_no_value(shared_server, query, auth, expected):
    with LogSocket(shared_server, query=query, **auth) as socket:
        assert offsets(socket.until_replayed()[0]) == expected
        assert (socket.pid is None) == ("recovery" in query)


@pytest.mark.parametrize("namespace, expected", [
    ("/", [1, 2, 3, 4, 5, 6]), ("/chat", [3, 4]), ("/auctions", [1, 2, 6]), ("/auctions/1", [1, 6]), ("/chat/rooms", [4]), ("/nobody", []),
])
def test_a_namespace_is_a_part_of_the_log(shared_server, kind, namespace, expected):
    with LogSocket(shared_server, namespace, kind) as socket:
        assert offsets(socket.until_replayed()[0]) == expected


def test_filters_apply_to_live_events(server):
    with LogSocket(server, "/chat", types="a") as socket, LogSocket(server, topics="t/*") as other:
        assert (socket.until_replayed()[0], other.until_replayed()[0]) == ([], [])
        server.append({"topic": "chat", "type": "b"}, {"topic": "t/1", "type": "a"}, {"topic": "chat/1", "type": "a"}, {"topic": "t/1/2", "type": "a"})
        assert (next(socket)[2]["offset"], next(other)[2]["offset"]) == (3, 2)


def test_several_namespaces_share_a_connection(shared_server):
    session = WebSocket(shared_server)
    session.send("40/chat,", '40/auctions,{"recovery":false}', "40")
    seen = {"/": 0, "/chat": 0, "/auctions": 0}
    replayed = set()
    while len(replayed) < 3:
        packet = session.receive()
        if packet.startswith("42"):
            namespace, event = packet[2:].split(",", 1) if packet[2] == "/" else ("/", packet[2:])
            if json.loads(event)[0] == "replayed":
                replayed.add(namespace)
            else:
                seen[namespace] += 1
    assert seen == {"/": 6, "/chat": 2, "/auctions": 3}
    session.close()


# Refusals

@pytest.mark.parametrize("auth, field", [
    ({"after": "x"}, "after"), ({"after": 1.5}, "after"), ({"after": []}, "after"), ({"after": True}, "after"), ({"after": "1:2:3"}, "after"),
    ({"since": "yesterday"}, "since"), ({"since": {}}, "since"), ({"topics": "a//b"}, "topics"), ({"topics": 7}, "topics"),
    ({"topics": [7]}, "topics"), ({"topics": ["**", "a**"]}, "topics"), ({"types": {"a": 1}}, "types"), ({"types": [None]}, "types"),
    ({"types": "bid.*"}, "types"), ({"types": ["*"]}, "types"), ({"types": [""]}, "types"),
    ({"recovery": "maybe"}, "recovery"), ({"recovery": 0}, "recovery"),
    ({"topcs": "chat"}, "topcs"), ({"topic": "chat"}, "topic"), ({"Types": "a"}, "Types"), ({"sinse": "1h"}, "sinse"),
])
def test_a_bad_value_is_refused_with_its_name(shared_server, auth, field):
    with pytest.raises(Refused) as refused:
        LogSocket(shared_server, **auth)
    assert refused.value.message
    assert refused.value.data == {"code": "invalid", "field": field}


def test_a_bad_value_in_the_query_is_refused_too(shared_server):
    for query, field in [({"after": "x"}, "after"), ({"topics": "a//b"}, "topics"), ({"recovery": "no"}, "recovery"), ({"topcs": "chat"}, "topcs")]:
        with pytest.raises(Refused) as refused:
            LogSocket(shared_server, query=query)
        assert refused.value.data == {"code": "invalid", "field": field}


def test_topics_outside_of_the_namespace_are_refused(shared_server):
    with pytest.raises(Refused) as refused:
        LogSocket(shared_server, "/chat", topics="auctions/*")
    assert refused.value.data == {"code": "invalid", "field": "topics"}
    with LogSocket(shared_server, "/chat", topics="chat/rooms/*") as socket:
        assert offsets(socket.until_replayed()[0]) == [4]


@pytest.mark.parametrize("namespace", ["/chat/", "/a//b", "/*", "/chat/**", "/chat?a=*"])
def test_a_namespace_that_is_no_topic_is_not_there(shared_server, namespace):
    with pytest.raises(Refused) as refused:
        LogSocket(shared_server, namespace)
    assert (refused.value.message, refused.value.data) == ("Invalid namespace", None)


@pytest.mark.parametrize("type", ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener", "replayed", "reset"])
def test_types_that_mean_something_to_clients_cannot_be_appended(shared_server, type):
    answer = shared_server.http.post("/api/events", json={"topic": "t", "type": type, "data": 1})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "invalid", "type")


@pytest.mark.parametrize("after, reason", [("0123456789abcdef:3", "other-log"), (99, "ahead"), ("{id}:99", "ahead")])
def test_a_position_this_log_does_not_have_is_answered_with_reset(shared_server, kind, after, reason):
    after = after.format(id=shared_server.log_id) if isinstance(after, str) else after
    with LogSocket(shared_server, kind=kind, after=after) as socket:
        reset = {"reason": reason, "first": 1, "head": 6, "position": shared_server.position(0)}
        assert next(socket)[:2] == ["reset", reset]
        assert offsets(socket.until_replayed()[0]) == [1, 2, 3, 4, 5, 6]


# Commands

def test_commands_are_acknowledged_with_their_offset(server, kind):
    with LogSocket(server, kind=kind, after="live") as socket:
        assert socket.command("product.create", product(title="One")) == {"offset": 1}
        assert socket.command("product.update", {"id": 1, "stock": 4}) == {"offset": 2}
        assert socket.command("message.post", {"text": "hello"}) == {"offset": 3}
        assert socket.command("product.delete", {"id": 1}) == {"offset": 4}
        events, _ = socket.until_replayed()
        events += [next(socket) for _ in range(4 - len(events))]
        assert [event[0] for event in events] == ["product.created", "product.updated", "message.posted", "product.deleted"]
        assert events[2][1]["socket"] == socket.sid
        assert {event[2]["source"] for event in events} == {"socketio"}


def test_a_command_with_an_id_takes_effect_once(server, kind):
    with LogSocket(server, kind=kind, after="live") as socket:
        body = product(code="A")
        for _ in range(3):
            assert socket.command("product.create", body, {"id": "one"})["offset"] == 1
        answer = socket.command("product.create", product(code="B"), {"id": "one"})
        assert (answer["error"]["code"], answer["error"]["field"]) == ("id-conflict", "id")
    assert server.head == 1


def test_a_command_without_a_question_is_done_silently(server):
    with LogSocket(server, after="live") as socket:
        socket.session.send('42["message.post",{"text":"one"}]', '42["message.post",{"text":""}]', '42["nothing"]')
        assert socket.command("message.post", {"text": "two"})["offset"] == 2


@pytest.mark.parametrize("name, arguments, code, field", [
    ("product.create", [{"title": "T", "code": "C"}], "missing", "price"),
    ("product.create", [{"title": "T", "code": "C", "price": "1"}], "invalid", "price"),
    ("product.create", [{"title": "T", "code": "C", "price": 1, "colour": 1}], "unknown-field", "colour"),
    ("product.delete", [{"id": 7}], "not-found", "id"), ("product.update", [{"stock": 7}], "missing", "id"),
    ("product.explode", [{}], "unknown-command", None), ("message.post", [{"text": ""}], "invalid", "text"),
    ("message.post", [], "missing", "text"), ("message.post", ["hello"], None, None), ("message.post", [None], None, None),
    ("message.post", [{"text": "t"}, {"id": 7}], "invalid", "id"), ("message.post", [{"text": "t"}, "id"], "invalid", "id"),
    ("message.post", [{"text": "t"}, {"id": "x", "ref": 1}], "invalid", "id"), ("message.post", [{"text": "t"}, {"id": ""}], "invalid", "id"),
    ("message.post", [{"text": "t"}, {}, 3], "invalid", "command"), ("message.post", [{"text": "t"}, {"id": "x" * 256}], None, "id"),
])
def test_a_refused_command_is_acknowledged_with_its_code_and_field(shared_server, name, arguments, code, field):
    head = shared_server.head
    with LogSocket(shared_server, after="live") as socket:
        answer = socket.command(name, *arguments)
        assert set(answer) == {"error"} and answer["error"]["message"]
        if code:
            assert (answer["error"]["code"], answer["error"].get("field")) == (code, field)
    assert shared_server.head == head


def test_commands_may_not_have_attachments(shared_server):
    with LogSocket(shared_server, after="live") as socket:
        socket.until_replayed()
        socket.session.send('451-9["message.post",{"text":{"_placeholder":true,"num":0}}]', b"x")
        packet = socket.receive()
        assert packet.startswith('439[{"error":')
        assert socket.command("product.delete", {"id": 7})["error"]["code"] == "not-found"


def test_a_command_with_attachments_is_refused_before_these_come(shared_server):
    with LogSocket(shared_server, after="live", topics="nothing") as socket:
        socket.until_replayed()
        socket.session.send('4510-9["message.post",{"text":{"_placeholder":true,"num":0}}]')
        packet = socket.receive()
        assert packet.startswith('439[{"error":') and "attachments" in packet
        socket.session.send(*[b"x" * 900_000] * 10)
        assert socket.command("product.delete", {"id": 7})["error"]["code"] == "not-found"


def test_the_commands_of_a_socket_are_decided_in_their_order_and_none_is_lost(server, kind):
    with LogSocket(server, kind=kind, after="live", topics="nothing") as socket:
        socket.until_replayed()
        socket.session.send(*(f'42{number}["message.post",{{"text":"{number}"}}]' for number in range(1000)))
        answers = acknowledgements(socket, 1000)
    assert answers == [(number, {"offset": number + 1}) for number in range(1000)]
    assert [event["data"]["text"] for event in server.events(limit=1000)["events"]] == [str(number) for number in range(1000)]


def acknowledgements(socket, count):
    """The next acknowledgements, as pairs of id and answer, in the order of arrival."""
    answers, head = [], "43" + socket.prefix
    while len(answers) < count:
        if (packet := socket.receive()).startswith(head):
            number, answer = packet.removeprefix(head).split("[", 1)
            answers.append((int(number), *json.loads("[" + answer)))
    return answers


def test_answers_have_the_order_of_the_commands_whatever_their_results(server, kind):
    """Of each five commands one is appended, one rejected, one unknown, one malformed, and one is a draft, which is not logged."""
    with LogSocket(server, "/chat", kind=kind, after="live", topics="chat/nothing") as socket:
        socket.until_replayed()
        for first in range(0, 3000, 500):
            socket.session.send(*(packet for id in range(first, first + 500, 5) for packet in [
                f'42/chat,{id}["message.post",{{"text":"{id}"}}]', f'42/chat,{id + 1}["product.delete",{{"id":7}}]',
                f'42/chat,{id + 2}["product.explode"]', f'42/chat,{id + 3}["message.post",{{"text":"x"}},3]',
                f'42/chat,{id + 4}["chat.draft",{{"text":"{id}"}}]']))
        answers = acknowledgements(socket, 3000)
    assert [id for id, _ in answers] == list(range(3000))
    outcomes = [answer.get("offset") or answer.get("error", {}).get("code") for _, answer in answers]
    assert outcomes == [outcome for number in range(600) for outcome in [number + 1, "not-found", "unknown-command", "invalid", None]]


def test_commands_that_ask_for_no_answer_are_all_done(server, kind):
    with LogSocket(server, kind=kind, after="live", topics="nothing") as socket:
        socket.until_replayed()
        socket.session.send(*(f'42["message.post",{{"text":"{number}"}}]' for number in range(500)), '429["message.post",{"text":"last"}]')
        assert socket.receive() == '439[{"offset":501}]'


def test_a_socket_of_a_foreign_origin_is_rejected(server, make_server):
    foreign = [("Origin", "https://foreign.example")]
    assert WebSocket(server, foreign).opening.status == 403
    assert WebSocket(make_server("--allow-origin", "https://foreign.example"), foreign).opening.status == 101


def test_a_malformed_packet_affects_only_its_sender(server):
    server.append_numbers(10)
    with LogSocket(server) as good:
        good.until_replayed()
        for packet in ["42{}", "40", "47", "451-", "", "41{}", "42/chat,[1]"]:
            bad = LogSocket(server)
            bad.session.offend(packet)
            until_ended(bad.session)
        server.append({"type": "x"})
        assert next(good)[2]["offset"] == 11


def test_a_stopping_server_ends_all_sessions_without_a_disconnect_packet(make_server):
    server = make_server()
    sessions = [LogSocket(server, kind=kind).session for kind in [WebSocket, Upgraded]]
    server.append_numbers(1000)
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(server.stop)
        for session in sessions:
            assert not [packet for packet in until_ended(session)[0] if packet.startswith("41")]
        assert ending.result() == 0


# The real client

@pytest.fixture(params=TRANSPORTS)
def transport(request):
    return request.param


def test_the_python_client_gets_history_then_live(server, transport):
    async def test():
        server.append_numbers(3000)
        server.append({"type": "bytes", "data": "AQID", "encoding": "base64"})
        async with AsyncClient(server, transport, auth={"recovery": False}) as client:
            events = [await client.next() for _ in range(3001)]
            assert [(name, data, meta["offset"]) for name, data, meta in events[:-1]] == [("number", n, n + 1) for n in range(3000)]
            assert events[-1][1] == b"\x01\x02\x03"
            assert await client.next() == ("replayed", {"head": 3001, "position": server.position(3001)})
            server.append({"type": "x", "data": {"a": 1}, "id": "i", "source": "s"})
            name, data, meta = await client.next()
            assert (name, data, meta["id"], meta["source"], meta["topic"]) == ("x", {"a": 1}, "i", "s", "tests")

    run(test())


def test_the_python_client_sends_commands_and_gets_refusals(server, transport):
    async def test():
        async with AsyncClient(server, transport, namespaces=["/", "/chat"], auth={"recovery": False}) as client:
            body = product(title="From Python")
            for _ in range(2):
                assert await client.call("product.create", body, {"id": "p"}) == {"offset": 1}
            refusal = await client.call("product.create", {"title": "T"})
            assert refusal["error"]["field"] == "code" and refusal["error"]["code"] == "missing"
            assert await client.call("message.post", {"text": "hi"}, namespace="/chat") == {"offset": 2}
            assert (await client.until("product.created"))[1]["title"] == "From Python"
            assert (await client.until("message.posted", "/chat"))[2]["offset"] == 2

    run(test())


def test_the_python_client_gets_the_reason_for_a_rejected_auth(server, transport):
    async def test():
        client = AsyncClient(server, transport, auth={"after": "x"})
        assert (await client.refusal())["data"] == {"code": "invalid", "field": "after"}

    run(test())


def test_the_python_client_reconnects_after_a_kill_and_resumes_where_it_was(server, transport):
    """python-socketio has no recovery, so it sends its position itself."""
    async def test():
        seen = []
        auth = {"recovery": False}
        async with AsyncClient(server, transport, auth=lambda: {**auth, "after": len(seen)}) as client:
            for round in range(3):
                server.append_numbers(100)
                await take(client, seen, 100)
                await asyncio.to_thread(server.kill9)
                await client.until("disconnect")
                server.start()
                server.append_numbers(50)
                await client.until("connect")
                await take(client, seen, 50)
            assert seen == list(range(1, 451))

    async def take(client, seen, count):
        for _ in range(count):
            event = await client.next()
            while event[0] != "number":
                assert event[0] in ("replayed", "disconnect", "connect"), event
                event = await client.next()
            seen.append(event[2]["offset"])

    run(test())


# Connections and slow readers

def test_a_connection_may_carry_everything_one_after_the_other(server):
    """Like browsers: pages, polls and then the WebSocket over one connection."""
    server.append_numbers(1)
    session = Polling(server)
    wire = session.getting.wire
    session.posting.wire = wire
    for path in ["/api/products", "/", "/healthz"]:
        assert session.getting.begin("GET", path).answer().status == 200
        session.send("6")
    session.send("40")
    packets = [session.receive() for _ in range(3)]
    assert packets[0][:2] == "40" and '"offset":1' in packets[1] and "replayed" in packets[2]
    assert session.getting.wire is wire
    wire.request("GET", target(transport="websocket", sid=session.sid), [
        ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")])
    assert wire.response()[0] == 101
    wire.send(frame(1, b"2probe"))
    assert wire.read_frame() == (1, b"3probe")
    wire.send(frame(1, b"5"))
    server.append_numbers(1)
    assert b'"offset":2' in wire.read_frame()[1]
    session.close()


def test_a_request_behind_a_waiting_poll_is_answered_after_it(server):
    session = Polling(server)
    session.send('40{"after":"live"}')
    assert [session.receive()[:2] for _ in range(2)] == ["40", "42"]
    session.begin_get()
    session.getting.begin("GET", "/healthz")
    server.append_numbers(1)
    assert b'"offset":1' in session.getting.answer().body
    assert session.getting.answer().status == 200
    session.close()


def memory(server):
    """Anonymous memory, in bytes: pages of the log's map belong to the file."""
    with open(f"/proc/{server.pid}/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("RssAnon"))


def test_stalled_readers_cost_no_memory_and_lose_nothing(server):
    """During 40 MB of events one client does not read from its WebSocket, and one does not poll; then both continue.

    The events are large, since neither client answers a ping meanwhile: it has to be over in 45 seconds.
    """
    deaf = WebSocket(server, receive_buffer=4096)
    absent = Polling(server)
    for session in [deaf, absent]:
        session.send('40{"recovery":false}')
        assert session.receive()[:2] == "40"
    before = memory(server)
    for _ in range(40):
        server.append(*({"type": "x", "data": "x" * 100_000} for _ in range(10)))
    grown = memory(server) - before
    print(f"the server grew by {grown >> 20} MiB")
    # The shared cache of history may hold 32 MiB.
    assert grown < 100 << 20
    for session in [deaf, absent]:
        events = []
        while len(events) < 400:
            packet = session.receive()
            if '["x"' in packet[:10]:
                events.append(int(re.search(r'"offset":(\d+)', packet)[1]))
        assert events == list(range(1, 401))
        session.close()
