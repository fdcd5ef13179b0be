"""On every transport, clients that do not answer pings are closed, and clients that answer stay."""

import time

import pytest

from bitacora import eventually
from engineio_raw import EACH_KIND, Ended, Polling, WebSocket, upgrade, until_ended
from socketio_scenario import Scenario

pytestmark = pytest.mark.alone

INTERVAL, TIMEOUT = 0.3, 0.25
SLACK = 5


@pytest.fixture(scope="module")
def server():
    with Scenario(ping_interval=300, ping_timeout=250, upgrade_timeout=300, connect_timeout=400) as server:
        yield server


@pytest.fixture(params=EACH_KIND, ids=lambda kind: kind.kind)
def session(server, request):
    session = request.param(server)
    session.opened = time.monotonic()
    session.send("40")
    assert session.receive()[:7] == '40{"sid'
    assert session.receive() == '42["auth",{}]'
    yield session
    session.close()


def test_a_ping_comes_after_the_interval_and_each_answer_brings_the_next(session):
    for _ in range(2):
        assert session.receive() == "2"
        assert time.monotonic() - session.opened > INTERVAL - 0.1
        session.send("3")
        session.opened = time.monotonic()


def test_the_interval_starts_at_the_answer(session):
    assert session.receive() == "2"
    time.sleep(TIMEOUT / 2)  # a slow client
    session.send("3")
    answered = time.monotonic()
    assert session.receive() == "2"
    assert time.monotonic() - answered > INTERVAL - 0.05


def test_a_client_that_does_not_answer_pings_is_closed(session):
    assert session.receive() == "2"
    asked = time.monotonic()
    packets, code = until_ended(session)
    assert set(packets) <= {"1"}
    assert code is None
    assert TIMEOUT - 0.1 < time.monotonic() - asked < SLACK


def test_other_packets_are_no_answer(session):
    assert session.receive() == "2"
    asked = time.monotonic()
    with pytest.raises((Ended, AssertionError, ConnectionError)):
        for number in range(10_000):
            session.send(f'42{number}["echo"]', "6")
            assert session.receive() == f"43{number}[]"
    assert TIMEOUT - 0.1 < time.monotonic() - asked < SLACK


def test_an_unexpected_pong_changes_nothing(session):
    session.send("3", "3")
    assert session.receive() == "2"
    session.send("3")
    assert session.receive() == "2"


def test_a_client_that_never_polls_is_closed(server):
    """The ping waits for a poll that does not come, but its answer is due all the same."""
    session = Polling(server)
    session.send("40")
    opened = time.monotonic()
    eventually(lambda: session.post(b"6").status != 200, "the session is closed", SLACK)
    assert time.monotonic() - opened > INTERVAL + TIMEOUT - 0.2


def test_the_interval_runs_on_across_an_upgrade(server):
    session = Polling(server)
    opened = time.monotonic()
    session.send("40")
    session.receive(), session.receive()
    candidate = WebSocket(server, sid=session.sid)
    upgrade(candidate)
    assert candidate.receive() == "2"
    assert INTERVAL - 0.1 < time.monotonic() - opened < SLACK
    candidate.send("3")
    assert candidate.receive() == "2"
    session.close()
    candidate.close()


def test_a_ping_that_was_sent_by_polling_may_be_answered_after_the_upgrade(server):
    session = Polling(server)
    session.send("40")
    session.receive(), session.receive()
    assert session.receive() == "2"
    candidate = WebSocket(server, sid=session.sid)
    upgrade(candidate)
    candidate.send("3")
    assert candidate.receive() == "2"
    session.close()
    candidate.close()


def test_a_candidate_that_does_not_upgrade_is_closed_and_polling_continues(server):
    session = Polling(server)
    session.send("40")
    session.receive(), session.receive()
    for packets in [(), ("2probe",)]:
        candidate = WebSocket(server, sid=session.sid)
        candidate.send(*packets)
        ended, began = False, time.monotonic()
        # During this time the session is kept alive, and its polls are not held.
        while not ended:
            poll = session.get()
            if b"2" in poll.body.split(b"\x1e"):
                session.send("3")
            candidate.wire.socket.settimeout(0.05)
            try:
                packet = candidate.receive()
                assert packet == "3probe"
            except TimeoutError:
                assert time.monotonic() - began < SLACK
            except Ended:
                ended = True
    session.send('421["echo"]')
    while (packet := session.receive()) != "431[]":
        if packet == "2":
            session.send("3")
    session.close()


@pytest.mark.parametrize("kind", EACH_KIND, ids=lambda kind: kind.kind)
def test_a_client_that_joins_no_namespace_in_time_is_closed(server, kind):
    session = kind(server)
    opened = time.monotonic()
    session.send("40/nowhere,")
    packets = []
    with pytest.raises(Ended):
        while True:
            packets.append(session.receive())
            if packets[-1] == "2":
                session.send("3")
    assert 0.3 < time.monotonic() - opened < SLACK
    assert packets[0] == '44/nowhere,{"message":"Invalid namespace"}'
    session.close()
