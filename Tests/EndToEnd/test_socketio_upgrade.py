"""From polling to a WebSocket: nothing is lost, repeated or out of order, and a failed attempt has no effect."""

import threading

import pytest

from bitacora import PATIENCE
from engineio_raw import Polling, WebSocket, ask, upgrade, until_ended
from socketio_scenario import make_scenario, scenario, shared_scenario  # noqa: F401


def joined(server):
    session = Polling(server)
    session.send("40")
    assert session.receive()[:7] == '40{"sid'
    assert session.receive() == '42["auth",{}]'
    return session


@pytest.fixture
def session(scenario):
    session = joined(scenario)
    yield session
    session.close()


@pytest.fixture
def candidate(session):
    candidate = WebSocket(session.server, sid=session.sid)
    assert candidate.opening.status == 101
    yield candidate
    candidate.close()


def probe(candidate):
    candidate.send("2probe")
    assert candidate.receive() == "3probe"


def assert_lives(session):
    session.send('4299["echo"]')
    while (packet := session.receive()) != "4399[]":
        assert packet == "6", packet


def test_an_upgrade_with_probe(session, candidate):
    poll = session.begin_get()
    probe(candidate)
    assert poll.answer().body == b"6"
    candidate.send("5")
    candidate.send('421["transport"]')
    assert candidate.receive() == '431["websocket"]'


def test_no_open_packet_is_sent_again(session, candidate):
    upgrade(candidate)
    candidate.send('421["echo"]')
    assert candidate.receive() == "431[]"


def test_a_stray_poll_between_probe_and_upgrade_is_released_at_once(session, candidate):
    probe(candidate)
    for _ in range(3):
        assert session.get().body == b"6"
    candidate.send("5")
    candidate.send('421["echo"]')
    assert candidate.receive() == "431[]"


def test_until_the_upgrade_polling_carries_the_data(session, candidate):
    candidate.send("2probe")
    assert candidate.receive() == "3probe"
    session.send('421["transport"]')
    packets = []
    while not packets or packets[-1] != '431["polling"]':
        packets.append(session.receive())
    assert set(packets) <= {"6", '431["polling"]'}
    candidate.send("5")
    candidate.send('422["transport"]')
    assert candidate.receive() == '432["websocket"]'


def test_packets_that_wait_at_the_upgrade_are_sent_in_order(session, candidate):
    """Without polls text and binary packets wait; then they are sent as frames."""
    session.send('42["flood",50,10]', '451-7["echo",{"_placeholder":true,"num":0}]', b"\x00\xff", '428["echo","last"]')
    upgrade(candidate)
    assert [candidate.receive() for _ in range(50)] == [f'42["flood",{number},"xxxxxxxxxx"]' for number in range(50)]
    assert candidate.receive() == '461-7[{"_placeholder":true,"num":0}]'
    assert candidate.receive() == b"\x00\xff"
    assert candidate.receive() == '438["last"]'


def test_a_poll_that_waited_may_take_data_with_it(session, candidate):
    probe(candidate)
    session.send('421["echo","x"]')
    poll = session.get()
    candidate.send("5")
    if poll.body == b"6":
        assert candidate.receive() == '431["x"]'
    else:
        assert poll.body == b'431["x"]'
    candidate.send('422["echo"]')
    assert candidate.receive() == "432[]"


def test_packets_right_after_the_upgrade_are_kept(session, candidate):
    probe(candidate)
    candidate.send("5", *(f'42{number}["echo",{number}]' for number in range(20)))
    assert [candidate.receive() for _ in range(20)] == [f"43{number}[{number}]" for number in range(20)]


@pytest.mark.parametrize("packet", [
    "2", "2x", "2probes", "3probe", "40", "4hello", "", "1", "6", "x", "0", b"\x01", b"2probe",
])
@pytest.mark.parametrize("probed", [False, True])
def test_anything_else_closes_the_candidate_only(session, candidate, packet, probed):
    if probed:
        probe(candidate)
    candidate.offend(packet)
    assert until_ended(candidate)[0] == []
    assert_lives(session)
    other = WebSocket(session.server, sid=session.sid)
    upgrade(other)
    other.send('421["transport"]')
    assert other.receive() == '431["websocket"]'
    other.close()


@pytest.mark.parametrize("probed", [False, True])
def test_a_candidate_that_dies_leaves_the_session(session, candidate, probed):
    if probed:
        probe(candidate)
    candidate.close()
    assert_lives(session)


def test_a_transport_that_dies_after_the_upgrade_ends_the_session(session, candidate):
    upgrade(candidate)
    candidate.send('421["echo"]')
    assert candidate.receive() == "431[]"
    candidate.close()
    answer = ask(session.server, "GET", session.target)
    while answer.json()["code"] == 3:
        answer = ask(session.server, "GET", session.target)
    assert (answer.status, answer.json()) == (400, {"code": 1, "message": "Session ID unknown"})


def test_after_the_upgrade_polling_is_a_bad_request(session, candidate):
    upgrade(candidate)
    candidate.send('421["echo"]')
    assert candidate.receive() == "431[]"
    for answer in [session.get(), session.post(b'42["echo"]')]:
        assert (answer.status, answer.json()) == (400, {"code": 3, "message": "Bad request"})
    candidate.send('422["echo"]')
    assert candidate.receive() == "432[]"


def test_a_second_websocket_of_an_upgraded_session_is_rejected(session, candidate):
    upgrade(candidate)
    candidate.send('421["echo"]')
    assert candidate.receive() == "431[]"
    assert_turned_away(WebSocket(session.server, sid=session.sid))
    candidate.send('422["echo"]')
    assert candidate.receive() == "432[]"


def test_a_second_websocket_of_a_websocket_session_is_rejected(scenario):
    socket = WebSocket(scenario)
    assert_turned_away(WebSocket(scenario, sid=socket.sid))
    socket.send("40")
    assert socket.receive()[:2] == "40"
    socket.close()


def assert_turned_away(other):
    """Opened and closed at once, like Node's server, because its WebSocket client throws an error without a 101."""
    assert other.opening.status == 101, other.opening
    assert until_ended(other) == ([], None)


def test_a_second_candidate_does_not_disturb_the_first(session, candidate):
    probe(candidate)
    assert_turned_away(WebSocket(session.server, sid=session.sid))
    candidate.send("5")
    candidate.send('421["transport"]')
    assert candidate.receive() == '431["websocket"]'


def test_a_candidate_is_rejected_if_upgrades_are_off(make_scenario):
    server = make_scenario(no_upgrades=True)
    session = joined(server)
    assert WebSocket(server, sid=session.sid).opening.status == 400
    assert_lives(session)
    session.close()


def test_a_session_that_ends_takes_its_candidate_with_it(session, candidate):
    probe(candidate)
    session.send("1")
    assert until_ended(candidate)[0] == []


def test_an_upgrade_in_the_middle_of_a_stream_loses_repeats_and_swaps_nothing(scenario, seed):
    """Sessions on all loops upgrade at random moments of a broadcast, and poll until the last moment."""
    count, rounds = 12, 25
    clients = [Upgrader(scenario, seed.random() * 0.5) for _ in range(count)]
    sender = WebSocket(scenario)
    sender.send("40")
    sender.receive(), sender.receive()
    for client in clients:
        client.start()
    for number in range(rounds):
        sender.send(f'42{number}["order",20]')
        while sender.receive() != f"43{number}[20]":
            pass
    sender.send('42["all","end"]')
    for client in clients:
        client.join(PATIENCE)
    sender.close()
    expected = [f'42["n",{number}]' for _ in range(rounds) for number in range(20)]
    assert [client.failure for client in clients if client.failure] == []
    for client in clients:
        assert client.seen == expected
    assert {client.moved for client in clients} == {True}


class Upgrader(threading.Thread):
    """Polls, upgrades after `share` of the first 200 events, and collects the received packets."""

    def __init__(self, server, share):
        super().__init__(daemon=True)
        self.session = joined(server)
        self.after = int(share * 200)
        self.seen, self.moved, self.failure = [], False, None

    def run(self):
        try:
            while len(self.seen) < self.after:
                self.take(self.session.receive())
            candidate = WebSocket(self.session.server, sid=self.session.sid)
            candidate.send("2probe")
            while True:  # polls continue until the answer to the probe is read
                self.take(self.session.receive())
                candidate.wire.socket.settimeout(0.001)
                try:
                    assert candidate.receive() == "3probe"
                    break
                except TimeoutError:
                    pass
            for packet in self.session.waiting:
                self.take(packet)
            candidate.wire.socket.settimeout(PATIENCE)
            candidate.send("5")
            self.moved = True
            while (packet := candidate.receive()) != '42["all-message","end"]':
                self.take(packet)
            candidate.close()
            self.session.close()
        except BaseException as error:
            self.failure = error

    def take(self, packet):
        if packet != "6":
            self.seen.append(packet)
