"""A stock client that reconnects gets exactly the missed events, whatever happened to the server."""

import pytest

from bitacora import Server
from engineio_raw import EACH_KIND, KINDS, WebSocket, until_ended
from producers import Producers
from socketio_log import LogSocket, Refused, offsets


@pytest.fixture(params=EACH_KIND, ids=lambda kind: kind.kind)
def kind(request):
    return request.param


def lost_connection(server):
    pass


def restart(server):
    assert server.stop() == 0
    server.start()


def kill(server):
    server.kill9()
    server.start()


def come_back(server, socket, kind=WebSocket, namespace="/", **auth):
    return LogSocket(server, namespace, kind, **auth, **socket.memory())


def assert_same(old, new):
    assert (new.sid, new.pid) == (old.sid, old.pid)


def assert_new(old, new):
    assert new.sid != old.sid and new.pid != old.pid


@pytest.mark.parametrize("what", [lost_connection, restart, kill], ids=lambda what: what.__name__)
def test_a_client_keeps_its_id_and_gets_exactly_the_missed_events(server, kind, what):
    server.append_numbers(10)
    socket = LogSocket(server, kind=kind)
    assert offsets(socket.until_replayed()[0]) == list(range(1, 11))
    expected = 11
    for missed in [3, 0, 2]:
        socket.session.close()
        what(server)
        if missed:
            server.append_numbers(missed)
        back = come_back(server, socket, kind)
        assert_same(socket, back)
        events, replayed = back.until_replayed()
        assert offsets(events) == list(range(expected, expected + missed))
        expected += missed
        assert replayed["head"] == expected - 1
        server.append({"type": "live"})
        live = next(back)
        assert live[3] == server.position(expected) and live[2]["offset"] == expected
        expected += 1
        socket = back
    assert socket.command("message.post", {"text": "still the same"})["offset"] == expected
    assert next(socket)[1]["socket"] == socket.sid
    socket.session.close()


def test_the_answer_to_connect_comes_before_what_was_missed_and_replayed_behind_it(server, kind):
    """Unlike Node's; Recovery.md of the library says why."""
    server.append_numbers(3)
    socket = LogSocket(server, kind=kind)
    socket.until_replayed()
    socket.session.close()
    server.append_numbers(5)
    back = come_back(server, socket, kind)
    assert_same(socket, back)
    assert back.waiting == []
    positions = []
    while (event := next(back))[0] != "replayed":
        positions.append(event[-1])
    assert positions == [server.position(offset) for offset in range(4, 9)]
    assert event[1]["head"] == 8
    back.session.close()


def test_a_client_disconnected_during_the_history_gets_the_rest(server, kind):
    server.append_numbers(3000)
    socket = LogSocket(server, kind=kind)
    seen = [next(socket)[2]["offset"] for _ in range(700)]
    socket.waiting = []
    socket.session.close()
    kill(server)
    # Up to the last event that was read: more events may have been sent.
    with come_back(server, socket, kind) as back:
        assert_same(socket, back)
        assert seen + offsets(back.until_replayed()[0]) == list(range(1, 3001))


@pytest.mark.parametrize("what", [lost_connection, kill], ids=lambda what: what.__name__)
def test_a_client_that_had_received_nothing_gets_all_of_the_history(server, kind, what):
    socket = LogSocket(server, kind=kind)
    socket.session.close()
    assert socket.memory() == {"pid": socket.pid}
    what(server)
    server.append_numbers(5)
    with come_back(server, socket, kind) as back:
        assert_same(socket, back)
        assert offsets(back.until_replayed()[0]) == [1, 2, 3, 4, 5]


def test_a_live_client_that_had_received_nothing_gets_the_events_since_it_joined(server):
    server.append_numbers(5)
    socket = LogSocket(server, after="live")
    socket.session.close()
    server.append_numbers(3)
    kill(server)
    with come_back(server, socket, after="live") as back:
        assert_same(socket, back)
        assert offsets(back.until_replayed()[0]) == [6, 7, 8]


def test_replayed_alone_is_enough_to_resume(server):
    socket = LogSocket(server)
    assert socket.until_replayed()[0] == []
    assert socket.position == server.position(0)
    socket.session.close()
    server.append_numbers(2)
    with come_back(server, socket) as back:
        assert_same(socket, back)
        assert offsets(back.until_replayed()[0]) == [1, 2]


def test_filters_and_namespaces_are_recovered(server):
    def append():
        server.append({"topic": "chat", "type": "a"}, {"topic": "chat", "type": "b"}, {"topic": "t", "type": "a"}, {"topic": "chat/1", "type": "a"})

    append()
    options = {"namespace": "/chat", "types": ["a"]}
    socket = LogSocket(server, **options)
    assert offsets(socket.until_replayed()[0]) == [1, 4]
    socket.session.close()
    kill(server)
    append()
    with come_back(server, socket, **options) as back:
        assert_same(socket, back)
        assert offsets(back.until_replayed()[0]) == [5, 8]


def test_what_a_new_page_already_has_is_not_sent_again(server):
    """`auth.after` of a page that was rendered later is newer than the remembered position."""
    server.append_numbers(3)
    socket = LogSocket(server, after=0)
    socket.until_replayed()
    socket.session.close()
    server.append_numbers(3)
    with come_back(server, socket, after=5) as back:
        assert offsets(back.until_replayed()[0]) == [6]


def test_a_transport_is_no_part_of_a_session(server):
    socket = LogSocket(server)
    socket.until_replayed()
    for number, kind in enumerate([*KINDS, *reversed(KINDS)], 1):
        socket.session.close()
        server.append({"type": "x"})
        back = come_back(server, socket, kind)
        assert_same(socket, back)
        assert offsets(back.until_replayed()[0]) == [number]
        socket = back
    socket.session.close()


def test_an_older_connection_that_is_only_half_dead_is_ended(server, kind):
    server.append_numbers(2)
    socket = LogSocket(server, kind=kind)
    socket.until_replayed()
    with come_back(server, socket) as back:
        assert_same(socket, back)
        back.until_replayed()
        assert not [packet for packet in until_ended(socket.session)[0] if packet.startswith("42")]
        server.append({"type": "x"})
        assert next(back)[2]["offset"] == 3
        assert back.command("message.post", {"text": "t"})["offset"] == 4


# Without recovery

def tampered(pid):
    return ("A" if pid[10] != "A" else "B").join([pid[:10], pid[11:]])


def assert_told_to_forget(server, back, reason, head):
    assert next(back)[:2] == ["reset", {"reason": reason, "first": 1, "head": head, "position": server.position(0)}]
    assert offsets(back.until_replayed()[0]) == list(range(1, head + 1))


@pytest.mark.parametrize("change, reason", [
    (lambda memory: {**memory, "pid": tampered(memory["pid"])}, "other-session"),
    (lambda memory: {**memory, "pid": "x"}, "other-session"), (lambda memory: {**memory, "pid": "A" * 5000}, "other-session"),
    (lambda memory: {**memory, "pid": ""}, "other-session"), (lambda memory: {"offset": memory["offset"]}, "other-session"),
    (lambda memory: {**memory, "offset": "not a position"}, "other-log"), (lambda memory: {**memory, "offset": "0123456789abcdef:3"}, "other-log"),
    (lambda memory: {**memory, "offset": memory["offset"][:-1] + "99"}, "ahead"), (lambda memory: {**memory, "offset": memory["offset"] + "x"}, "other-log"),
])
def test_an_unknown_offset_causes_a_reset_and_the_full_history(shared_server, change, reason):
    socket = LogSocket(shared_server)
    socket.until_replayed()
    socket.session.close()
    with LogSocket(shared_server, **change(socket.memory())) as back:
        assert_new(socket, back)
        assert_told_to_forget(shared_server, back, reason, 3)


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("recovery")).start()
    server.append_numbers(3)
    yield server
    server.end()


@pytest.mark.parametrize("pid", [7, True, [], {}])
def test_a_pid_that_is_not_a_string_does_no_harm(shared_server, pid):
    try:
        with LogSocket(shared_server, pid=pid, offset="x") as socket:
            socket.until_replayed()
    except Refused as refused:
        assert refused.data["field"] == "pid"


@pytest.mark.parametrize("options", [{"types": "other"}, {"topics": ["a", "b"]}, {"namespace": "/tests"}])
def test_a_client_that_changes_its_auth_starts_a_new_session(shared_server, options):
    socket = LogSocket(shared_server)
    socket.until_replayed()
    socket.session.close()
    namespace = options.pop("namespace", "/")
    with come_back(shared_server, socket, namespace=namespace, **options) as back:
        assert_new(socket, back)
        assert next(back)[0] == "reset"


def test_a_client_without_recovery_sends_its_own_position(shared_server):
    socket = LogSocket(shared_server)
    socket.until_replayed()
    socket.session.close()
    with come_back(shared_server, socket, recovery=False, after=2) as back:
        assert back.pid is None and back.sid != socket.sid
        assert offsets(back.until_replayed()[0]) == [3]


def test_another_log_under_the_same_address_is_noticed(make_server, tmp_path):
    server = make_server()
    server.append_numbers(5)
    socket = LogSocket(server)
    socket.until_replayed()
    socket.session.close()
    assert server.stop() == 0
    server.data.rename(tmp_path / "old")
    server.start()
    server.append_numbers(2)
    with come_back(server, socket) as back:
        assert_new(socket, back)
        assert_told_to_forget(server, back, "other-log", 2)


def test_without_its_key_a_server_recovers_no_session_and_logs_this(server):
    server.append_numbers(2)
    socket = LogSocket(server)
    socket.until_replayed()
    socket.session.close()
    assert server.stop() == 0
    (server.data / "recovery.key").unlink()
    server.start()
    with come_back(server, socket) as back:
        assert_new(socket, back)
        assert_told_to_forget(server, back, "other-session", 2)


# Random kills

@pytest.mark.long
def test_kills_in_the_middle_of_everything(server, seed):
    """Clients of each kind with kills at random moments: each event once and in order, and one id during the whole test."""
    kinds = [*KINDS, WebSocket]
    clients = [None] * len(kinds)
    seen = [[] for _ in kinds]
    names = [None] * len(kinds)
    for round in range(8):
        producers = Producers(server, f"r{round}", count=2)
        for number, kind in enumerate(kinds):
            old = clients[number]
            clients[number] = LogSocket(server, kind=kind, **(old.memory() if old else {}))
            names[number] = names[number] or clients[number].sid
            assert clients[number].sid == names[number]
        take(clients, seen, seed.randrange(0, 60))
        server.kill9()
        producers.stop()
        for client in clients:
            client.waiting = []
            client.session.close()
        server.start()
    head = server.head
    for number, client in enumerate(clients):
        with come_back(server, client, kinds[number]) as back:
            assert back.sid == names[number]
            seen[number] += offsets(back.until_replayed()[0])
    assert seen == [list(range(1, head + 1))] * len(kinds)
    print(f"{head} events")
    assert head > 100


def take(clients, seen, count):
    """Each client reads up to `count` events; its position is that of the last event read."""
    for client, events in zip(clients, seen):
        for _ in range(count):
            event = next(client)
            if event[0] != "replayed":
                events.append(event[2]["offset"])


@pytest.mark.parametrize("quiet", ["log", "filter"])
def test_a_session_that_began_with_a_reset_is_recovered_like_others(server, kind, quiet):
    server.append_numbers(5)
    first = LogSocket(server, kind=kind)
    first.until_replayed()
    first.session.close()
    # Another filter starts a new session, although the position is the newest of this log.
    second = come_back(server, first, kind, topics="tests")
    assert_new(first, second)
    assert next(second)[0] == "reset"
    assert offsets(second.until_replayed()[0]) == [1, 2, 3, 4, 5]
    second.session.close()
    if quiet == "filter":
        server.append({"topic": "elsewhere", "type": "x"})
    third = come_back(server, second, kind, topics="tests")
    assert_same(second, third)
    assert third.until_replayed()[0] == []
    third.session.close()


def test_a_client_disconnected_right_after_a_reset_gets_all_following_events(server, kind):
    server.append_numbers(5)
    first = LogSocket(server, kind=kind)
    first.until_replayed()
    first.session.close()
    second = come_back(server, first, kind, topics="tests", after="-2")
    assert next(second)[:2] == ["reset", {"reason": "other-session", "first": 1, "head": 5, "position": server.position(3)}]
    second.waiting = []
    second.position = server.position(3)
    second.session.close()
    with come_back(server, second, kind, topics="tests", after="-2") as third:
        assert_same(second, third)
        assert offsets(third.until_replayed()[0]) == [4, 5]
