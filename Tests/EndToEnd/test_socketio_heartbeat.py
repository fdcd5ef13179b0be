"""On every transport, clients that do not answer pings are closed, and clients that answer stay.

Each time that a server waits is short only where the test lets it pass. A time has to be at least as long as configured,
counted from before the server could begin it; a busy machine may make it longer.
"""

import time

import pytest

from bitacora import eventually
from engineio_raw import EACH_KIND, Ended, Polling, WebSocket, upgrade, until_ended
from socketio_scenario import Scenario, make_scenario  # noqa: F401

pytestmark = pytest.mark.alone

INTERVAL = 0.3
STRICT_INTERVAL, TIMEOUT = 1, 0.3
SLACK = 5


@pytest.fixture(scope="module")
def server():
    """It pings often, and waits long for the answers."""
    with Scenario(ping_interval=300) as server:
        yield server


@pytest.fixture(scope="module")
def strict_server():
    """It waits only a moment for the answers."""
    with Scenario(ping_interval=1000, ping_timeout=300) as server:
        yield server


def joined(kind, server):
    began = time.monotonic()
    session = kind(server)
    session.began = began
    session.send("40")
    assert session.receive()[:7] == '40{"sid'
    assert session.receive() == '42["auth",{}]'
    return session


@pytest.fixture(params=EACH_KIND, ids=lambda kind: kind.kind)
def session(server, request):
    session = joined(request.param, server)
    yield session
    session.close()


@pytest.fixture(params=EACH_KIND, ids=lambda kind: kind.kind)
def strict_session(strict_server, request):
    session = joined(request.param, strict_server)
    yield session
    session.close()


def test_a_ping_comes_after_the_interval_and_each_answer_brings_the_next(session):
    began = session.began
    for _ in range(2):
        assert session.receive() == "2"
        assert time.monotonic() - began > INTERVAL - 0.05
        began = time.monotonic()
        session.send("3")


def test_the_interval_starts_at_the_answer(session):
    assert session.receive() == "2"
    time.sleep(INTERVAL)  # a slow client
    answered = time.monotonic()
    session.send("3")
    assert session.receive() == "2"
    assert time.monotonic() - answered > INTERVAL - 0.05


def test_a_client_that_does_not_answer_pings_is_closed(strict_session):
    assert strict_session.receive() == "2"
    packets, code = until_ended(strict_session)
    assert set(packets) <= {"1"}
    assert code is None
    assert STRICT_INTERVAL + TIMEOUT - 0.05 < time.monotonic() - strict_session.began < SLACK


def test_other_packets_are_no_answer(strict_session):
    assert strict_session.receive() == "2"
    with pytest.raises((Ended, AssertionError, ConnectionError)):
        for number in range(100_000):
            strict_session.send(f'42{number}["echo"]', "6")
            assert strict_session.receive() == f"43{number}[]"
    assert STRICT_INTERVAL + TIMEOUT - 0.05 < time.monotonic() - strict_session.began < SLACK


def test_an_unexpected_pong_changes_nothing(session):
    session.send("3", "3")
    assert session.receive() == "2"
    session.send("3")
    assert session.receive() == "2"


def test_a_client_that_never_polls_is_closed(strict_server):
    """The ping waits for a poll that does not come, but its answer is due all the same."""
    began = time.monotonic()
    session = Polling(strict_server)
    session.send("40")
    eventually(lambda: session.post(b"6").status != 200, "the session is closed", SLACK)
    assert time.monotonic() - began > STRICT_INTERVAL + TIMEOUT - 0.05
    session.close()


def test_the_interval_runs_on_across_an_upgrade(server):
    session = joined(Polling, server)
    candidate = WebSocket(server, sid=session.sid)
    upgrade(candidate)
    assert candidate.receive() == "2"
    assert INTERVAL - 0.05 < time.monotonic() - session.began < SLACK
    candidate.send("3")
    assert candidate.receive() == "2"
    session.close()
    candidate.close()


def test_a_ping_that_was_sent_by_polling_may_be_answered_after_the_upgrade(server):
    session = joined(Polling, server)
    assert session.receive() == "2"
    candidate = WebSocket(server, sid=session.sid)
    upgrade(candidate)
    candidate.send("3")
    assert candidate.receive() == "2"
    session.close()
    candidate.close()


def test_a_candidate_that_does_not_upgrade_is_closed_and_polling_continues(make_scenario):
    server = make_scenario(ping_interval=300, upgrade_timeout=300)
    session = joined(Polling, server)
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
def test_a_client_that_joins_no_namespace_in_time_is_closed(make_scenario, kind):
    server = make_scenario(ping_interval=300, connect_timeout=1000)
    began = time.monotonic()
    session = kind(server)
    session.send("40/nowhere,")
    packets = []
    with pytest.raises(Ended):
        while True:
            packets.append(session.receive())
            if packets[-1] == "2":
                session.send("3")
    assert 0.95 < time.monotonic() - began < SLACK
    assert packets[0] == '44/nowhere,{"message":"Invalid namespace"}'
    session.close()
