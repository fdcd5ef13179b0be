"""How the two clients in a browser handle lost connections."""

import os
import signal
import time

import pytest

from socketio_browser import combinations, make_window, over_one_transport  # noqa: F401
from socketio_scenario import Scenario, make_scenario  # noqa: F401

pytestmark = pytest.mark.long

ATTEMPTS = {"reconnect_attempt", "reconnect_error", "error", "connect_error"}


@pytest.fixture
def server():
    """A server that the test may stop; it restarts on the same port."""
    with Scenario() as server:
        yield server


@pytest.fixture
def quick_server():
    with Scenario(ping_interval=200, ping_timeout=3000) as server:
        yield server


def began(server, make_window, options="{}"):
    window = make_window(server.url)
    window.run(f"socket = await settled(enter('/', {options})); events = record(socket)")
    return window


def names(events):
    return [event[0] for event in events]


def assert_lost(events):
    """The socket is notified before the manager; an error before both."""
    if events[0][0] == "error":
        events = events[1:]
    assert events[0][1] in ("transport close", "transport error")
    assert [event[:2] for event in events[:2]] == [["disconnect", events[0][1]], ["close", events[0][1]]]


@pytest.mark.parametrize("end", ["kill9", "stop"])
def test_clients_reconnect_to_a_restarted_server(server, make_window, end):
    window = began(server, make_window)
    window.run("""
        old = socket.id;
        heard = [];
        socket.on('message-back', (text) => heard.push(text));
    """)
    getattr(server, end)()
    window.wait("events.filter(([name]) => name === 'reconnect_error').length >= 2")
    gone = window.run("socket.emit('message', 'while away'); return [socket.connected, socket.active, socket.id === undefined, events]")
    server.__enter__()
    window.wait("heard.length === 1")
    window.run("await settled(socket)")
    assert gone[:3] == [False, True, True]
    events = gone[3]
    assert_lost(events)
    attempts = [event[1] for event in events if event[0] == "reconnect_attempt"]
    assert attempts == list(range(1, len(attempts) + 1))
    events = window.run("return events")
    after = [event for event in events[len(gone[3]):] if event[0] not in ATTEMPTS]
    assert names(after) == ["open", "reconnect", "connect"]
    assert after[1][1] == max(event[1] for event in events if event[0] == "reconnect_attempt")
    assert window.run("return [heard, socket.id !== old, !socket.recovered, await socket.emitWithAck('sum', 2, 3)]") == [["while away"], True, True, 5]


def test_all_namespaces_come_back(server, make_window):
    window = began(server, make_window)
    window.run("other = socket.io.socket('/dyn-7'); await next(other, 'connect')")
    server.kill9()
    window.wait("!socket.connected && !other.connected")
    server.__enter__()
    assert window.run("return Promise.all([other.emitWithAck('name'), socket.emitWithAck('sum', 1, 2)])") == ["/dyn-7", 3]


@over_one_transport
def test_auth_is_evaluated_for_each_connection(server, make_window):
    window = make_window(server.url)
    window.run("""
        let asked = 0;
        heard = [];
        socket = enter('/', { auth: (tell) => tell({ number: ++asked }) });
        socket.on('auth', (auth) => heard.push(auth.number));
    """)
    window.wait("heard.length === 1")
    window.run("await settled(socket)")
    server.kill9()
    window.wait("!socket.connected")
    server.__enter__()
    window.wait("heard.length === 2")
    assert window.run("return heard") == [1, 2]


@over_one_transport
def test_requests_before_a_lost_connection_fail_and_buffered_events_do_not(server, make_window):
    window = began(server, make_window)
    window.run("""
        outcomes = [];
        socket.emitWithAck('slow', 60000, 'x').then(() => outcomes.push('answered'), (error) => outcomes.push(error.message));
        await pause(100);
    """)
    server.kill9()
    window.wait("outcomes.length === 1")
    window.run("socket.emitWithAck('sum', 20, 22).then((sum) => outcomes.push(sum))")
    server.__enter__()
    window.wait("outcomes.length === 2")
    assert window.run("return outcomes") == ["socket has been disconnected", 42]


@over_one_transport
def test_with_retries_an_event_is_sent_again_after_a_restart(server, make_window):
    window = began(server, make_window, "{ retries: 3, ackTimeout: 60000 }")
    window.run("""
        outcomes = [];
        socket.emit('slow', 300, 'done', (error, value) => outcomes.push(value));
        socket.emit('sum', 1, 2, (error, value) => outcomes.push(value));
        await pause(100);
    """)
    server.kill9()
    server.__enter__()
    window.wait("outcomes.length === 2")
    assert window.run("return outcomes") == ["done", 3]


@over_one_transport
def test_reconnection_ends_after_its_attempts(server, make_window):
    window = began(server, make_window)
    server.kill9()
    window.wait("!socket.connected")
    window.run("""
        const lost = enter('/', { reconnectionAttempts: 2 });
        socket.disconnect();
        events = record(lost);
        await next(lost.io, 'reconnect_failed');
    """)
    events = window.run("return events")
    once = ["connect_error", "error"]
    assert names(events) == once + ["reconnect_attempt", *once, "reconnect_error"] + ["reconnect_attempt", *once] + names(events)[-2:]
    assert set(names(events)[-2:]) == {"reconnect_failed", "reconnect_error"}


@over_one_transport
def test_without_reconnection_it_stays_closed_until_it_is_asked(server, make_window):
    window = began(server, make_window, "{ reconnection: false }")
    server.kill9()
    window.wait("!socket.connected")
    server.__enter__()
    assert window.run("""
        await pause(300);
        const before = [socket.connected, socket.active, events.some(([name]) => name.startsWith('reconnect'))];
        socket.connect();
        return [before, await socket.emitWithAck('sum', 1, 1)];
    """) == [[False, True, False], 2]


@over_one_transport
@pytest.mark.parametrize("moment, attempts", [("disconnect", 0), ("reconnect_attempt", 1), ("connect_error", 1), ("reconnect_error", 1)])
def test_reconnection_stops_at_once_when_a_listener_switches_it_off(server, make_window, moment, attempts):
    window = began(server, make_window)
    window.run("""
        const emitter = argument.startsWith('reconnect') ? socket.io : socket;
        emitter.on(argument, () => socket.io.reconnection(false));
    """, moment)
    server.kill9()
    window.wait(f"events.some(([name]) => name === '{moment}')")
    events = window.run("await pause(300); return events")
    assert names(events).count("reconnect_attempt") == attempts
    if window.client == "ours":  # the official one waits for an attempt that it will not make
        server.__enter__()
        assert window.run("socket.connect(); return socket.emitWithAck('sum', 1, 1)") == 2


@over_one_transport
def test_the_delays_grow_up_to_their_limit(server, make_window):
    window = began(server, make_window)
    server.kill9()
    window.wait("!socket.connected")
    assert window.run("""
        const lost = enter('/', { reconnectionDelay: 50, reconnectionDelayMax: 200, reconnectionAttempts: 6 });
        const delays = [];
        let failed;
        lost.io.on('error', () => { failed = performance.now(); });
        lost.io.on('reconnect_attempt', () => delays.push(performance.now() - failed));
        await next(lost.io, 'reconnect_failed');
        const slack = 250;
        return [delays.length, delays.every((delay) => delay >= 24 && delay <= 200 + slack), delays[0] <= 75 + slack, delays[5] >= 65];
    """) == [6, True, True, True]


def test_a_silent_server_is_noticed(quick_server, make_window):
    window = began(quick_server, make_window)
    os.kill(quick_server.pid, signal.SIGSTOP)
    stopped = time.monotonic()
    try:
        window.wait("!socket.connected")
        waited = time.monotonic() - stopped
    finally:
        os.kill(quick_server.pid, signal.SIGCONT)
    window.wait("socket.connected")
    event = window.run("return events[0]")
    assert event[:2] == ["disconnect", "ping timeout"]
    assert waited < 10
    assert window.run("return socket.emitWithAck('sum', 1, 2)") == 3


def test_pings_keep_an_idle_connection_open(make_scenario, make_window):  # noqa: F811
    window = began(make_scenario(ping_interval=200), make_window)
    window.run("for (let count = 0; count < 6; count++) await next(socket.io, 'ping')")
    assert window.run("return [events, socket.connected, await socket.emitWithAck('sum', 1, 2)]") == [[], True, 3]


def test_an_engine_that_is_closed_is_replaced(server, make_window):
    window = began(server, make_window)
    assert window.run("""
        const { engine } = socket.io;
        engine.close();
        await next(socket, 'connect');
        return [events[0].slice(0, 2), events.at(-1), socket.io.engine !== engine, await socket.emitWithAck('sum', 1, 2)];
    """) == [["disconnect", "forced close"], ["connect"], True, 3]


def test_clients_notice_the_loss_and_return_of_the_network(server, make_window, context):
    window = began(server, make_window)
    context.set_offline(True)
    window.wait("!socket.connected")
    context.set_offline(False)
    window.wait("socket.connected")
    assert_lost(window.run("return events"))
    assert window.run("return socket.emitWithAck('sum', 1, 2)") == 3


@pytest.mark.parametrize("make_window", combinations(["ours"]), indirect=True)
def test_our_client_reconnects_at_once_when_the_network_returns(server, make_window, context):
    window = began(server, make_window, "{ reconnectionDelay: 600000, reconnectionDelayMax: 600000 }")
    context.set_offline(True)
    window.wait("!socket.connected")
    context.set_offline(False)
    window.wait("socket.connected")


def test_a_page_that_is_closed_leaves(server, make_window):
    window, witness = began(server, make_window), began(server, make_window)
    witness.run("gone = []; socket.on('gone', (id, reason) => gone.push([id, reason])); await socket.emitWithAck('watch')")
    id = window.run("return socket.id")
    window.page.close()
    witness.wait("gone.length === 1")
    assert witness.run("return gone") in ([[id, "transport close"]], [[id, "transport error"]])
