"""The two clients in a browser on the log: history, live events, and recovery after kill -9."""

import pytest

from producers import Producers
from socketio_browser import make_window, over_one_transport  # noqa: F401

pytestmark = pytest.mark.long

# Follows a namespace: records the offsets of its events, and the messages between them.
FOLLOW = """
follow = (uri, auth, options = {}) => {
  const socket = enter(uri, { auth, ...options });
  Object.assign(socket, { offsets: [], marks: [], joins: [] });
  socket.on('connect', () => socket.joins.push([socket.id, Boolean(socket.recovered)]));
  socket.on('replayed', ({ head }) => socket.marks.push(['replayed', head]));
  socket.on('reset', ({ reason }) => { socket.marks.push(['reset', reason]); socket.offsets = []; });
  socket.onAny((name, data, meta) => { if (name !== 'replayed' && name !== 'reset') socket.offsets.push(meta.offset); });
  return socket;
};
reached = async (socket, offset) => { while (socket.offsets.at(-1) !== offset) await pause(5); };
isDense = (offsets, count) => offsets.length === count && offsets.every((offset, index) => offset === index + 1);
"""


@pytest.fixture
def window(make_window, server):
    window = make_window(server.url)
    window.run(FOLLOW)
    return window


def restart(server):
    server.kill9()
    server.start()


@over_one_transport
def test_an_event_is_its_type_with_data_meta_and_position(server, window):
    server.append({"type": "ñ", "data": {"a": [1, None]}, "id": "i"})
    name, data, meta, position = window.run("""
        const socket = enter('/');
        return new Promise((resolve) => socket.onAny((...args) => resolve(args)));
    """)
    assert (name, data) == ("ñ", {"a": [1, None]})
    assert {"offset": 1, "topic": "tests", "id": "i", "source": "http"}.items() <= meta.items()
    assert position == server.position(1)


def test_history_comes_first_and_whole_also_while_the_transport_changes(server, window):
    server.append_numbers(5000)
    window.run("socket = follow('/'); socket.once('number', () => { first = socket.io.engine.transport.name; })")
    window.wait("socket.marks.length === 1")
    server.append_numbers(1)
    assert window.run("""
        await reached(socket, 5001);
        await settled(socket);
        return [isDense(socket.offsets, 5001), socket.marks, socket.io.engine.transport.name === transports.at(-1)];
    """) == [True, [["replayed", 5000]], True]


@over_one_transport
def test_a_namespace_is_a_topic(server, window):
    server.append({"type": "a", "topic": "chat"}, {"type": "b"}, {"type": "c", "topic": "chat/room"}, {"type": "d", "topic": "chatter"})
    assert window.run("""
        const all = follow('/');
        const chat = follow('/chat', {}, { forceNew: false });
        await Promise.all([next(all, 'replayed'), next(chat, 'replayed')]);
        return [all.offsets, chat.offsets];
    """) == [[1, 2, 3, 4], [1, 3]]


@over_one_transport
@pytest.mark.parametrize("auth, offsets", [
    ("{ after: 3 }", [4, 5]), ("{ after: '-2' }", [4, 5]), ("{ after: 'live' }", []), ("{ types: 'odd' }", [1, 3, 5]),
    ("(tell) => tell({ after: 1, types: ['odd'] })", [3, 5]),
])
def test_auth_selects_the_events_to_replay(server, window, auth, offsets):
    server.append(*({"type": "odd" if number % 2 else "even"} for number in range(1, 6)))
    assert window.run(f"const socket = follow('/', {auth}); await next(socket, 'replayed'); return socket.offsets") == offsets


@over_one_transport
def test_what_cannot_be_replayed_is_refused_with_the_field(window):
    assert window.run("""
        const [error] = await next(follow('/', { after: 'yesterday' }), 'connect_error');
        return [error.data, error.message.includes('yesterday')];
    """) == [{"code": "invalid", "field": "after"}, True]


@over_one_transport
def test_commands_are_answered_with_their_offset(server, window):
    assert window.run("""
        const socket = follow('/');
        const product = { title: 'Sextant', code: 'SX-1', price: 1.5 };
        const first = await socket.emitWithAck('product.create', product, { id: 'once' });
        const again = await socket.timeout(60000).emitWithAck('product.create', product, { id: 'once' });
        const taken = await socket.emitWithAck('product.create', product);
        await reached(socket, 1);
        return [first.offset, again.offset, taken.error.field, socket.offsets];
    """) == [1, 1, "code", [1]]
    assert server.head == 1


def test_after_a_kill_clients_resume_where_they_were(server, window):
    server.append_numbers(100)
    window.run("socket = follow('/'); await reached(socket, 100)")
    for round in range(1, 4):
        restart(server)
        server.append_numbers(100)
        window.run("await reached(socket, argument)", 100 * (round + 1))
    joins, dense = window.run("return [socket.joins, isDense(socket.offsets, 400)]")
    assert dense
    assert [recovered for _, recovered in joins] == [False, True, True, True]
    assert len({id for id, _ in joins}) == 1


def test_a_lost_connection_misses_nothing(server, window):
    window.run("socket = follow('/'); await next(socket, 'replayed')")
    for number in range(5):
        window.run("socket.io.engine.close()")
        server.append_numbers(10)
        window.run("await reached(socket, argument)", 10 * (number + 1))
    assert window.run("return [isDense(socket.offsets, 50), socket.joins.at(-1)[1], new Set(socket.joins.map(([id]) => id)).size]") == [True, True, 1]


def test_a_client_that_had_received_nothing_gets_the_history(server, window):
    window.run("socket = follow('/', { types: 'number' }); await next(socket, 'connect')")
    server.kill9()
    window.wait("!socket.connected")
    server.start()
    server.append_numbers(50)
    window.run("await reached(socket, 50)")
    assert window.run("return isDense(socket.offsets, 50)")


@over_one_transport
def test_a_live_client_misses_no_events_while_it_is_disconnected(server, window):
    server.append_numbers(10)
    window.run("socket = follow('/', { after: 'live' }); await next(socket, 'replayed')")
    restart(server)
    server.append_numbers(5)
    window.run("await reached(socket, 15)")
    assert window.run("return [socket.offsets, socket.joins.at(-1)[1]]") == [[11, 12, 13, 14, 15], True]


def test_all_namespaces_of_a_connection_recover(server, window):
    server.append({"type": "a", "topic": "chat"}, {"type": "b"})
    window.run("""
        all = follow('/');
        chat = follow('/chat', {}, { forceNew: false });
        await Promise.all([reached(all, 2), reached(chat, 1)]);
    """)
    restart(server)
    server.append({"type": "c", "topic": "chat"}, {"type": "d"})
    assert window.run("""
        await Promise.all([reached(all, 4), reached(chat, 3)]);
        return [all.offsets, chat.offsets, all.joins.at(-1)[1], chat.joins.at(-1)[1]];
    """) == [[1, 2, 3, 4], [1, 3], True, True]


@over_one_transport
def test_clients_notice_another_log(server, window, tmp_path):
    server.append_numbers(10)
    window.run("socket = follow('/'); await reached(socket, 10)")
    server.kill9()
    server.data = tmp_path / "another"
    server.start()
    server.append_numbers(3)
    window.wait("socket.marks.some(([name]) => name === 'reset') && socket.offsets.at(-1) === 3")
    joins, offsets = window.run("return [socket.joins, socket.offsets]")
    assert offsets == [1, 2, 3]
    assert joins[-1][1] is False and joins[-1][0] != joins[0][0]


@over_one_transport
def test_without_recovery_there_is_no_position(server, window):
    server.append_numbers(1)
    assert window.run("""
        const socket = enter('/', { auth: { recovery: false } });
        return new Promise((resolve) => socket.on('number', (...args) => resolve(args.length)));
    """) == 2


def test_kills_under_load_lose_and_repeat_nothing(server, window):
    """Two followers, one of which also loses its connections, while producers append and the server is killed."""
    window.run("socket = follow('/'); other = follow('/'); await Promise.all([next(socket, 'replayed'), next(other, 'replayed')])")
    acknowledged = {}
    for round in range(4):
        producers = Producers(server, f"round{round}", count=2)
        window.run("const { length } = socket.offsets; while (socket.offsets.length < length + 50) await pause(5); other.io.engine.close();")
        server.kill9()
        producers.stop()
        acknowledged.update(producers.acknowledged)
        server.start()
    head = server.head
    assert window.run("""
        await Promise.all([reached(socket, argument), reached(other, argument)]);
        return [isDense(socket.offsets, argument), isDense(other.offsets, argument), socket.marks.some(([name]) => name === 'reset')];
    """, head) == [True, True, False]
    assert max(acknowledged.values()) <= head
    joins = window.run("return socket.joins")
    assert len({id for id, _ in joins}) == 1 and all(recovered for _, recovered in joins[1:])
