"""Rooms, broadcasts and disconnect reasons, with several clients on different transports."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from bitacora import eventually
from engineio_raw import EACH_KIND, KINDS, Polling, Upgraded, WebSocket, ask, target, until_ended
from socketio_scenario import make_scenario, scenario, shared_scenario  # noqa: F401


class Client:
    """A joined session; `call` returns the acknowledgement of an event; events before it are kept."""

    def __init__(self, server, kind=WebSocket, namespace="/", auth=""):
        self.session = kind(server)
        self.prefix = "" if namespace == "/" else namespace + ","
        self.events = []
        self.calls = 0
        self.session.send(f"40{self.prefix}{auth}")
        answer = self.session.receive()
        assert answer.startswith(f"40{self.prefix}{{"), answer
        self.id = json.loads(answer[2 + len(self.prefix):])["sid"]

    def emit(self, *arguments):
        self.session.send(f"42{self.prefix}{json.dumps(arguments)}")

    def call(self, *arguments):
        self.calls += 1
        self.session.send(f"42{self.prefix}{self.calls}{json.dumps(arguments)}")
        head = f"43{self.prefix}{self.calls}["
        while not (packet := self.session.receive()).startswith(head):
            self.keep(packet)
        return json.loads(packet[len(head) - 1:])

    def keep(self, packet):
        head = f"42{self.prefix}["
        if packet == "6":
            return
        assert packet.startswith(head), packet
        event = json.loads(packet[len(head) - 1:])
        if event[0] != "auth":
            self.events.append(event)

    def next(self):
        while not self.events:
            self.keep(self.session.receive())
        return self.events.pop(0)

    def kept(self):
        """The events that have arrived: all that were sent before this request."""
        self.call("echo")
        events, self.events = self.events, []
        return events


@pytest.fixture
def client(scenario):
    clients = []

    def client(kind=WebSocket, **options):
        clients.append(Client(scenario, kind, **options))
        return clients[-1]

    yield client
    for client in clients:
        client.session.close()


@pytest.fixture
def three(client):
    """One of each kind."""
    return [client(kind) for kind in KINDS]


def everybody_got(clients, event):
    return [client.kept() for client in clients] == [[event]] * len(clients)


def test_each_socket_is_in_a_room_of_its_own(client):
    one = client()
    assert one.call("rooms") == [[one.id]]
    assert one.call("join", "a") == [sorted([one.id, "a"])]
    assert one.call("join", "a") == [sorted([one.id, "a"])]
    assert one.call("join", "b") == [sorted([one.id, "a", "b"])]
    assert one.call("leave", "a") == [sorted([one.id, "b"])]
    assert one.call("leave", "never") == [sorted([one.id, "b"])]


def test_a_message_to_a_room_reaches_its_members_but_not_the_sender(three):
    for member in three:
        member.call("join", "room")
    three[0].call("to-room", "room", "hello")
    assert three[0].kept() == []
    assert everybody_got(three[1:], ["room-message", "room", "hello"])


def test_a_message_in_a_room_reaches_the_sender_too(three):
    for member in three[:2]:
        member.call("join", "room")
    three[0].call("in-room", "room", "hello")
    assert everybody_got(three[:2], ["room-message", "room", "hello"])
    assert three[2].kept() == []


def test_a_message_to_a_socket_is_one_to_its_room(three):
    three[0].call("to-room", three[1].id, "for you")
    assert three[1].kept() == [["room-message", three[1].id, "for you"]]
    assert three[2].kept() == []


def test_a_socket_in_several_rooms_gets_a_message_once(three):
    for room in ["a", "b"]:
        three[1].call("join", room)
    three[2].call("join", "b")
    three[0].call("to-rooms", ["a", "b", "c"], "hello")
    events = [member.kept() for member in three]
    assert [len(kept) for kept in events] == [0, 1, 1]
    assert events[1][0][-1] == "hello"


def test_a_socket_that_left_a_room_gets_nothing(three):
    three[1].call("join", "room")
    three[0].call("to-room", "room", "one")
    three[1].call("leave", "room")
    three[0].call("to-room", "room", "two")
    assert three[1].kept() == [["room-message", "room", "one"]]


def test_except_a_room(three):
    three[2].call("join", "out")
    three[0].call("except", "out", "hello")
    assert everybody_got(three[:2], ["except-message", "hello"])
    assert three[2].kept() == []


def test_a_broadcast_reaches_all_others_and_an_emit_of_the_server_all(three):
    three[0].call("broadcast", "others")
    assert three[0].kept() == []
    assert everybody_got(three[1:], ["broadcast-message", "others"])
    three[0].call("all", "everybody")
    assert everybody_got(three, ["all-message", "everybody"])


def test_namespaces_are_isolated(client):
    one, other = client(namespace="/dyn-7"), client(namespace="/dyn-8")
    assert one.call("name") == ["/dyn-7"]
    one.call("all", "here")
    assert (one.next(), other.call("name"), other.events) == (["all-message", "here"], ["/dyn-8"], [])


def test_a_socket_gets_messages_sent_right_after_it_joined_a_room(client):
    one = client(Upgraded)
    one.call("late-join", "room")
    assert one.next() == ["joined", "room"]


def test_sockets_can_be_counted_moved_and_disconnected(three):
    for member in three[:2]:
        member.call("join", "from")
    assert three[2].call("fetch", "from") == [2]
    three[2].call("move-all", "from", "to")
    assert three[2].call("fetch", "from") == [0]
    assert three[2].call("fetch", "to") == [2]
    assert three[0].call("rooms") == [sorted([three[0].id, "to"])]
    three[2].call("kick", "to", False)
    assert [member.session.receive() for member in three[:2]] == ["41", "41"]
    assert three[2].call("fetch", "to") == [0]


def test_disconnecting_with_close_closes_the_connection(three):
    for member in three[:2]:
        member.call("join", "room")
    three[2].call("kick", "room", True)
    for member in three[:2]:
        packets, _ = until_ended(member.session)
        assert packets[0] == "41" and set(packets) <= {"41", "1", "6"}


def test_answers_of_a_room_are_collected_and_the_silent_counted(three):
    for member in three:
        member.call("join", "room")
    asker = three[0]
    asker.session.send('4299["ask-room","room",5,3000]')
    for member, answer in zip(three[1:], [7, 3]):
        packet = member.session.receive()
        number, question = packet[2:].split("[", 1)
        assert question == '"question",5]'
        member.session.send(f"43{number}[{answer}]")
    packets = [asker.session.receive(), asker.session.receive()]
    assert packets[0].endswith('["question",5]')  # which stays unanswered
    assert json.loads(packets[1][4:]) == [{"answers": [3, 7], "missing": 1}]


def test_data_of_a_socket_is_its_own(client):
    one, other = client(), client(Polling)
    one.call("set", "key", "value")
    assert (one.call("get", "key"), other.call("get", "key")) == (["value"], [None])


def test_catch_all_listeners_see_every_event(client):
    one = client()
    before = one.call("count-any")[0]
    one.emit("something", 1)
    one.emit("else")
    assert one.call("count-any")[0] == before + 2
    echo = client(namespace="/echo")
    echo.emit("anything", 1, {"a": [None]})
    assert echo.next() == ["anything", 1, {"a": [None]}]


def test_a_socket_knows_where_it_comes_from(client, scenario):
    for kind, transport in zip(KINDS, ["polling", "websocket", "websocket"]):
        one = client(kind)
        (who,) = one.call("who")
        assert who == {**who, "id": one.id, "namespace": "/", "transport": transport, "path": "/socket.io/"}


def test_volatile_events_reach_ready_sockets_and_are_dropped_for_others(client):
    listening, deaf = client(WebSocket), client(Polling)
    assert listening.call("volatile", 3) == [3]
    assert [listening.next() for _ in range(3)] == [["volatile-message", number] for number in range(3)]
    assert deaf.call("join", "deaf") == [sorted([deaf.id, "deaf"])]
    # None of its polls waits now. The second answer comes when every event loop has done what the first one reports.
    assert listening.call("volatile-room", "deaf", 1000) == [1000]
    assert listening.call("fetch", "deaf") == [1]
    assert deaf.kept() == []


REASONS = [
    ("a disconnect packet", lambda session: session.send("41"), ["client namespace disconnect"]),
    ("a close packet", lambda session: session.send("1"), ["transport close"]),
    ("a broken packet", lambda session: session.offend("42{}"), ["parse error", "forced close"]),
    ("bye", lambda session: session.send('42["bye",false]'), ["server namespace disconnect"]),
    ("bye, close", lambda session: session.send('42["bye",true]'), ["server namespace disconnect", "forced server close"]),
]


@pytest.mark.parametrize("kind", EACH_KIND, ids=lambda kind: kind.kind)
@pytest.mark.parametrize("what, act, reasons", REASONS, ids=[case[0] for case in REASONS])
def test_the_end_of_a_socket_has_a_reason_and_its_rooms(client, kind, what, act, reasons):
    watcher, one = client(), client(kind)
    watcher.call("watch")
    one.call("join", "room")
    act(one.session)
    gone, id, reason, rooms = next_about(watcher, one)
    assert (gone, rooms) == ("gone", sorted([one.id, "room"]))
    assert reason in reasons


def next_about(watcher, one):
    while True:
        event = watcher.next()
        if event[:2] == ["gone", one.id]:
            return event


@pytest.mark.parametrize("kind", EACH_KIND, ids=lambda kind: kind.kind)
def test_a_lost_client_is_disconnected_for_the_others(client, kind):
    watcher, one = client(), client(kind)
    watcher.call("watch")
    if kind is Polling:
        one.session.begin_get()
    one.session.close()
    assert next_about(watcher, one)[2] in ("transport close", "transport error")


@pytest.mark.alone
def test_a_missing_pong_is_the_reason_of_the_disconnect(make_scenario):
    server = make_scenario(ping_interval=100, ping_timeout=2000)  # in which the watcher answers, also on a busy machine
    watcher = Client(server)
    watcher.session.send('421["watch"]')
    silent = WebSocket(server)
    silent.send("40")
    while True:
        packet = watcher.session.receive()
        if packet == "2":
            watcher.session.send("3")
        elif "gone" in packet:
            break
    assert json.loads(packet[2:])[2] == "ping timeout"
    assert until_ended(silent)[0][-1] == "2"
    watcher.session.close()


# Stopping the server

@pytest.mark.parametrize("end", ["close-server", "SIGTERM"])
def test_a_stopping_server_sends_no_disconnect_so_that_clients_reconnect(make_scenario, end):
    """No `41` and no `1`: after them the browser client and the Python client do not reconnect."""
    server = make_scenario()
    clients = [Client(server, kind) for kind in KINDS]
    waiting = Polling(server)
    poll = waiting.begin_get()
    eventually(poll.wire.is_read, "the server has the poll")
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(server.stop if end == "SIGTERM" else lambda: clients[1].emit("close-server"))
        answer = poll.answer()
        assert (answer.status, answer.json()) == (503, {"code": 3, "message": "The server is shutting down"})
        waiting.close()
        for client in clients[1:]:
            packets, _ = until_ended(client.session)
            assert not [packet for packet in packets if packet.startswith("41")]
        assert ending.result() in (0, None)
    if end == "close-server":
        eventually(lambda: ask(server, "GET", target(transport="polling")).status == 503, "it takes no more sessions")
        assert WebSocket(server).opening.status == 503
        assert clients[0].session.get().status in (400, 503)


# Limits

def test_the_number_of_rooms_is_limited(make_scenario):
    one = Client(make_scenario(max_rooms=3))
    for room in ["a", "b", "c", "d", "e"]:
        rooms = one.call("join", room)[0]
    assert len(rooms) <= 4
    one.session.close()


def test_events_that_arrive_faster_than_they_are_handled_wait_and_are_all_handled(make_scenario):
    """More events wait than the limit: reading pauses until the handler has caught up."""
    one = Client(make_scenario(max_waiting=16))
    one.session.send('420["slow",200,"first"]', *(f'42{number}["echo"]' for number in range(1, 1000)))
    packets = []
    while len(packets) < 1000:
        packet = one.session.receive()
        if packet.startswith("43"):
            packets.append(packet)
    assert packets == ['430["first"]', *(f"43{number}[]" for number in range(1, 1000))]
    one.session.close()


@pytest.mark.parametrize("kind", EACH_KIND, ids=lambda kind: kind.kind)
def test_a_client_that_reads_nothing_is_closed_when_its_buffer_is_full(make_scenario, kind):
    server = make_scenario(max_buffered=200_000, stall=60_000)
    watcher = Client(server)
    watcher.call("watch")
    options = {} if kind is Polling else {"receive_buffer": 4096}
    deaf = kind(server, **options)
    deaf.send("40")
    id = json.loads(deaf.receive()[2:])["sid"]
    deaf.send('42["flood",500,10000]')
    event = watcher.next()
    assert event[:3] == ["gone", id, "transport error"]
    deaf.close()
    watcher.session.close()


def test_a_client_that_accepts_no_data_for_too_long_is_closed(make_scenario):
    server = make_scenario(max_buffered=50_000_000, stall=500)
    watcher = Client(server)
    watcher.call("watch")
    deaf = WebSocket(server, receive_buffer=4096)
    deaf.send("40")
    id = json.loads(deaf.receive()[2:])["sid"]
    deaf.send('42["flood",2000,10000]')
    event = watcher.next()
    assert event[:3] == ["gone", id, "transport error"]
    deaf.close()
    watcher.session.close()
