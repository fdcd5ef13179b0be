"""The packets of the two clients in a browser, and how they handle invalid packets of a server."""

import json

import pytest

from socketio_browser import CLIENTS, Window
from socketio_browser_fake import Fake, opening, query
from socketio_scenario import scenario, shared_scenario  # noqa: F401

pytestmark = pytest.mark.long


@pytest.fixture
def fake(context):
    return Fake(context)


@pytest.fixture(params=CLIENTS)
def window(fake, context, scenario, request):
    return make(fake, context, scenario, request.param)


@pytest.fixture
def ours(fake, context, scenario):
    """For tests in which the official client behaves differently."""
    return make(fake, context, scenario, "ours")


def make(fake, context, scenario, client):
    """The page has the origin of a real server, but talks to a fake server."""
    window = Window(context, scenario.url, client, "upgrade")
    fake.page = window.page
    return window


def enter(window, options="", uri="/"):
    window.run(f"socket = enter('{uri}', {{ path: '/fake', {options} }}); events = record(socket)")


# Whether nothing waits to be sent, and no request is under way.
IS_SENT = "return socket.io.engine.writeBuffer.length === 0 && socket.io.engine.transport.writable"
POLLING, WEBSOCKET = "transports: ['polling'],", "transports: ['websocket'],"


# Requests


def test_the_addresses(fake, window):
    enter(window, POLLING + "query: { a: 'ñ&=' }, extraHeaders: { 'X-Own': 'yes' },")
    fake.answer(opening("THE SID"))
    fake.next_post()
    fake.wait(lambda: len(fake.requests) == 3)
    first, *later = fake.requests
    assert first.url.split("?")[0].endswith("/fake/")
    assert {"a": "ñ&=", "EIO": "4", "transport": "polling"}.items() <= query(first).items()
    assert "sid" not in query(first)
    assert {request.method for request in later} == {"GET", "POST"}
    for request in later:
        assert query(request)["sid"] == "THE SID" and query(request)["a"] == "ñ&="
        assert request.headers["x-own"] == "yes"
    post = next(request for request in later if request.method == "POST")
    assert post.headers["content-type"].lower() == "text/plain;charset=utf-8"


def test_a_query_in_the_address_and_no_slash(fake, window, scenario):
    enter(window, POLLING + "addTrailingSlash: false,", uri=f"{scenario.url}/name?b=2")
    fake.answer(opening("s"))
    assert fake.next_post() == "40/name,"
    assert fake.requests[0].url.split("?")[0] == f"{scenario.url}/fake"
    assert query(fake.requests[0])["b"] == "2"


@pytest.mark.parametrize("uri, packet", [
    ("/", "40"), ("/a/b", "40/a/b,"), ("/ñ", "40/ñ,"), ("/admin/", "40/admin/,"), ("//HOST/x", "40/x,"), ("HOST", "40"), ("HOST/x", "40/x,"),
    ("ws://HOST/x", "40/x,"), ("http://HOST", "40"), ("/x?a=b", "40/x,"), ("http://HOST/x#part", "40/x,"), ("http://user:secret@HOST/x", "40/x,"),
])
def test_the_namespace_is_the_path(fake, window, scenario, uri, packet):
    enter(window, POLLING, uri=uri.replace("HOST", scenario.url.removeprefix("http://")))
    fake.answer(opening("s"))
    assert fake.next_post() == packet


@pytest.mark.parametrize("uri, start", [
    ("http://[::1]:8080/x", "http://[::1]:8080/fake/?"), ("far.test:81", "http://far.test:81/fake/?"), ("//far.test", "http://far.test/fake/?"),
    ("https://user:secret@far.test/x?a=b", "https://far.test/fake/?"), ("http://far.test:80", "http://far.test/fake/?"),
])
def test_the_server_is_the_rest(fake, window, uri, start):
    enter(window, POLLING, uri=uri)
    fake.wait(lambda: fake.requests)
    assert fake.requests[0].url.startswith(start)


@pytest.mark.parametrize("uri, options, expected", [
    ("/", "query: 'a=1&b=%26+'", {"a": "1", "b": "&+"}),
    ("/", "query: { '&n': '&=?', l: [1, 2], b: true, e: '' }", {"&n": "&=?", "l": "1,2", "b": "true", "e": ""}),
    ("/x?token=a%2Bb+c%20d", "", {"token": "a+b+c d"}),
    ("/?a=1", "query: { a: 2 }", {"a": "1"}),
    ("/", "forceBase64: true", {"b64": "1"}),
])
def test_the_parameters(fake, window, uri, options, expected):
    enter(window, POLLING + options, uri=uri)
    fake.wait(lambda: fake.requests)
    assert expected.items() <= query(fake.requests[0]).items()


def test_our_client_sends_the_parameters_of_the_address_and_of_the_options(fake, ours):
    """The official client drops the parameters of the options."""
    enter(ours, POLLING + "query: { b: 2 },", uri="/?a=1")
    fake.wait(lambda: fake.requests)
    assert {"a": "1", "b": "2"}.items() <= query(fake.requests[0]).items()


def test_what_is_changed_in_the_options_counts_from_the_next_connection_on(fake, window):
    enter(window, POLLING)
    fake.open()
    window.run("socket.io.opts.query = { z: 1 }; socket.io.opts.extraHeaders = { 'X-Later': 'yes' }; socket.io.engine.close()")
    first, second = fake.wait(lambda: (begun := [each for each in fake.requests if "sid" not in query(each)])[1:] and begun)
    assert ("z" in query(first), query(second).get("z"), second.headers.get("x-later")) == (False, "1", "yes")


def test_packets(fake, window):
    enter(window, WEBSOCKET + "auth: { token: 1 },")
    socket, connect = fake.open_socket()
    assert connect == '40{"token":1}'
    window.run("""
        socket.emit('a', 1, { b: null }, 'ñ');
        socket.emit('b', () => {});
        socket.emit('c', new Uint8Array([1, 2]), [new Uint8Array([3]).buffer]);
        socket.on('ask', (value, answer) => { answer(value, 'x'); answer('twice'); });
    """)
    assert [fake.next_frame() for _ in range(5)] == [
        '42["a",1,{"b":null},"ñ"]', '420["b"]',
        '452-["c",{"_placeholder":true,"num":0},[{"_placeholder":true,"num":1}]]', b"\x01\x02", b"\x03"]
    socket.send('427["ask",{"c":2}]')
    assert fake.next_frame() == '437[{"c":2},"x"]'
    socket.send("2")
    assert fake.next_frame() == "3"
    window.run("socket.disconnect()")
    assert fake.next_frame() == "41"


@pytest.mark.parametrize("moment", ["connect", "what was missed", "before"])
def test_with_retries_our_client_sends_an_event_once_whenever_it_was_emitted(fake, ours, moment):
    """The official 4.8.1 sends what is emitted inside `connect` twice; later ones do not."""
    enter(ours, WEBSOCKET + "retries: 3, ackTimeout: 60000,")
    ours.run({
        "connect": "socket.on('connect', () => socket.emit('a'))",
        "what was missed": "socket.on('missed', () => socket.emit('a'))",
        "before": "socket.emit('a')",
    }[moment])
    socket = fake.next_socket()
    socket.send(opening("engine"))
    assert fake.next_frame() == "40"
    socket.send('42["missed"]')
    socket.send('40{"sid":"socket"}')
    assert fake.next_frame() == '420["a"]'
    ours.run("socket.emit('b')")
    socket.send("430[]")
    assert fake.next_frame() == '421["b"]'


def test_with_retries_our_client_sends_again_what_was_under_way_when_a_connection_ended(fake, ours):
    enter(ours, WEBSOCKET + "retries: 3, ackTimeout: 60000,")
    socket, _ = fake.open_socket()
    ours.run("socket.emit('a'); socket.emit('b')")
    assert fake.next_frame() == '420["a"]'
    socket.close()
    socket, _ = fake.open_socket()
    assert fake.next_frame() == '421["a"]'
    socket.send("431[]")
    assert fake.next_frame() == '422["b"]'


def test_packets_over_polling(fake, window):
    enter(window, POLLING)
    assert fake.open() == "40"
    fake.answer("2")
    assert fake.next_post() == "3"
    window.run("socket.emit('c', new Uint8Array([1, 2])); plainly = next(socket, 'd').then(plain)")
    bodies = [fake.next_post()]
    while "\x1e".join(bodies).count("\x1e") < 1:
        bodies.append(fake.next_post())
    assert "\x1e".join(bodies) == '451-["c",{"_placeholder":true,"num":0}]\x1ebAQI='
    fake.answer('451-["d",{"_placeholder":true,"num":0},"x"]')
    fake.answer("b//79", "6")
    assert window.run("return plainly") == [{"bytes": [255, 254, 253]}, "x"]
    window.run("socket.disconnect()")
    said = ""
    while not said.endswith("1") or said == "41":
        said += "\x1e" * bool(said) + fake.next_post()
    assert said == "41\x1e1"


def test_one_request_of_each_kind_at_a_time(fake, window):
    enter(window, POLLING)
    fake.open()
    fake.holds_posts = True
    window.run("for (let number = 0; number < 5; number++) { socket.emit('n', number); await pause(5); }")
    assert fake.next_post() == '42["n",0]'
    fake.quiet()
    assert len(fake.held) == 1 and len(fake.polls) == 1
    fake.release_post()
    assert fake.next_post() == "\x1e".join(f'42["n",{number}]' for number in range(1, 5))
    fake.release_post()
    assert len(fake.polls) == 1


def test_bodies_keep_within_what_the_server_takes(fake, window):
    enter(window, POLLING)
    fake.open(payload=100)
    fake.holds_posts = True
    window.run("socket.emit('0'); for (let number = 1; number < 9; number++) socket.emit('ñ'.repeat(15));")
    bodies = []
    while sum(body.count("[") for body in bodies) < 9:
        bodies.append(fake.next_post())
        fake.release_post()
    assert all(len(body.encode()) <= 100 for body in bodies), bodies
    assert len(bodies) == 5


def test_a_packet_that_is_too_large_goes_alone(fake, window):
    enter(window, POLLING)
    fake.open(payload=100)
    window.run("socket.emit('a'); socket.emit('x'.repeat(200)); socket.emit('b');")
    bodies = [fake.next_post() for _ in range(3)]
    assert bodies == ['42["a"]', f'42["{"x" * 200}"]', '42["b"]']


def test_a_volatile_event_does_not_wait_for_a_request(fake, window):
    enter(window, POLLING)
    fake.open()
    fake.holds_posts = True
    window.run("socket.emit('a'); socket.volatile.emit('dropped'); socket.emit('b');")
    assert fake.next_post() == '42["a"]'
    fake.release_post()
    assert fake.next_post() == '42["b"]'
    fake.release_post()


def test_what_a_session_tells(fake, window):
    enter(window, POLLING)
    window.run("""
        recorded = [];
        const { engine } = socket.io;
        for (const name of ['packet', 'packetCreate']) engine.on(name, ({ type, data }) => recorded.push([name, type, typeof data]));
        for (const name of ['open', 'heartbeat', 'flush', 'drain', 'ping', 'pong']) engine.on(name, () => recorded.push(name));
    """)
    fake.open()
    fake.wait(lambda: window.run("return recorded.includes('open') && recorded.includes('drain')"))
    assert window.run("return recorded.splice(0).slice(0, 2)") == [["packet", "open", "string"], "heartbeat"]
    fake.answer("2")
    fake.wait(lambda: window.run("return recorded.includes('drain')"))
    assert window.run("return recorded") == [
        ["packet", "ping", "undefined"], "heartbeat", ["packetCreate", "pong", "undefined"], "flush", "ping", "pong", "drain"]


def test_packets_of_a_request_that_is_not_answered_wait_still(fake, window):
    enter(window, POLLING)
    fake.open()
    fake.wait(lambda: window.run(IS_SENT))
    fake.holds_posts = True
    assert window.run("""
        socket.emit('a');
        socket.emit('b');
        const { type, data, options } = socket.io.engine.writeBuffer.at(-1);
        return [socket.io.engine.writeBuffer.length, type, data, options, socket.io.engine.transport.writable];
    """) == [2, "message", '2["b"]', {"compress": True}, False]
    fake.release_post()
    fake.release_post()
    fake.wait(lambda: window.run(IS_SENT))


def test_bytes_as_text_keep_their_place(fake, ours):
    """The official client sends them after later events."""
    enter(ours, WEBSOCKET + "forceBase64: true,")
    fake.open_socket()
    ours.run("socket.emit('a', new Blob(['hi'])); socket.emit('b'); socket.disconnect()")
    assert [fake.next_frame() for _ in range(4)] == ['451-["a",{"_placeholder":true,"num":0}]', "baGk=", '42["b"]', "41"]


# The change to a WebSocket


def probed(window, socket):
    """Answers the probe, and waits until the page begins to change its transport."""
    window.run("changing = next(socket.io.engine, 'upgrading')")
    socket.send("3probe")
    window.run("await changing")


def begin_upgrade(fake, window):
    enter(window, "transports: ['polling', 'websocket'],")
    fake.open(upgrades=["websocket"])
    socket = fake.next_socket()
    assert fake.next_frame() == "2probe"
    return socket


def test_the_change_waits_for_the_requests_under_way(fake, window):
    socket = begin_upgrade(fake, window)
    fake.holds_posts = True
    window.run("socket.emit('by', 'post')")
    assert fake.next_post() == '42["by","post"]'
    probed(window, socket)
    window.run("socket.emit('by', 'socket'); heard = next(socket, 'late')")
    assert (fake.frames, fake.posts, len(fake.polls)) == ([], [], 1)
    fake.answer('42["late",1]')
    assert window.run("return heard") == [1]
    fake.quiet()
    assert (fake.frames, fake.posts, len(fake.polls)) == ([], [], 0)
    fake.release_post()
    assert [fake.next_frame(), fake.next_frame()] == ["5", '42["by","socket"]']
    fake.quiet()
    assert (fake.posts, fake.polls) == ([], [])
    assert window.run("return [socket.io.engine.transport.name, socket.connected, events.length]") == ["websocket", True, 2]


def test_a_ping_in_the_last_poll_is_answered_after_the_change(fake, window):
    socket = begin_upgrade(fake, window)
    probed(window, socket)
    fake.answer("2")
    assert [fake.next_frame(), fake.next_frame()] == ["5", "3"]


@pytest.mark.parametrize("answer", ["3", "3wrong", "4probe", "0{}", None])
def test_a_candidate_that_fails_costs_nothing(fake, window, answer):
    socket = begin_upgrade(fake, window)
    window.run("failed = next(socket.io.engine, 'upgradeError')")
    socket.close() if answer is None else socket.send(answer)
    window.run("await failed")
    assert_stays_on_polling(fake, window)


@pytest.mark.parametrize("answer, message", [("3wrong", "probe error"), (None, "probe error: ")])
def test_a_candidate_that_fails_is_reported(fake, window, answer, message):
    socket = begin_upgrade(fake, window)
    window.run("recorded = next(socket.io.engine, 'upgradeError')")
    socket.close() if answer is None else socket.send(answer)
    recorded, transport = window.run("const [error] = await recorded; return [error.message, error.transport]")
    assert recorded.startswith(message) and transport == "websocket"


def test_our_client_lives_through_a_candidate_that_dies_while_the_requests_end(fake, ours):
    socket = begin_upgrade(fake, ours)
    probed(ours, socket)
    ours.run("failed = next(socket.io.engine, 'upgradeError')")
    socket.close()
    ours.run("await failed")
    assert_stays_on_polling(fake, ours)


def assert_stays_on_polling(fake, window):
    fake.answer("6")
    window.run("heard = next(socket, 'still'); socket.emit('here')")
    assert fake.next_post() == '42["here"]'
    fake.answer('42["still"]')
    assert window.run("await heard; return [socket.io.engine.transport.name, socket.connected]") == ["polling", True]


def test_a_session_that_is_lost_while_it_changes_is_lost(fake, window):
    socket = begin_upgrade(fake, window)
    probed(window, socket)
    fake.answer('{"code":1}', status=400)
    fake.wait(lambda: window.run("return !socket.connected"))
    fake.open(sid="another", upgrades=[])


# Which transport


def test_without_an_upgrade_offered_or_wanted_there_is_none(fake, window):
    enter(window, "upgrade: false,")
    fake.open(upgrades=["websocket"])
    fake.quiet()
    assert fake.sockets == []


def test_polling_that_is_refused_makes_room_for_a_websocket(fake, window):
    enter(window, "tryAllTransports: true,")
    fake.answer('{"code":0,"message":"Transport unknown"}', status=400)
    fake.open_socket()


def test_a_websocket_that_worked_is_remembered(fake, window):
    enter(window, "rememberUpgrade: true,")
    fake.open(upgrades=["websocket"])
    socket = fake.next_socket()
    assert fake.next_frame() == "2probe"
    socket.send("3probe")
    fake.answer("6")
    assert fake.next_frame() == "5"
    fake.quiet(50)
    socket.close()
    fake.open_socket()


# The end of a session


@pytest.mark.parametrize("status, body", [(400, '{"code":1,"message":"Session ID unknown"}'), (500, ""), (413, ""), (204, ""), (200, "<html>")])
def test_a_poll_that_is_refused_ends_the_session(fake, window, status, body):
    enter(window, POLLING)
    fake.open()
    fake.answer(body, status=status)
    fake.wait(lambda: window.run("return !socket.connected"))
    fake.open(sid="another")


@pytest.mark.parametrize("status, body", [(400, '{"code":1,"message":"Session ID unknown"}'), (503, "later"), (204, "")])
def test_an_error_says_what_the_server_answered(fake, window, status, body):
    enter(window, POLLING)
    # At once: the official client aborts the request after that, which empties it.
    window.run("""
        recorded = new Promise((resolve) => socket.once('connect_error', ({ message, type, description, context }) => {
          resolve([message, type, description, context.status, context.readyState, context.responseText]);
        }));
    """)
    fake.answer(body, status=status)
    assert window.run("return recorded") == ["xhr poll error", "TransportError", status, status, 4, body]


def test_an_error_without_an_answer_says_so(fake, window):
    enter(window, POLLING + "requestTimeout: 50,")
    assert window.run("""
        const [{ message, type, description, context }] = await next(socket, 'connect_error');
        return [message, type, description, context.status];
    """) == ["xhr poll error", "TransportError", 0, 0]


def test_a_session_that_the_server_closes(fake, window):
    enter(window, POLLING)
    fake.open()
    fake.answer("1")
    fake.wait(lambda: window.run("return !socket.connected"))
    assert ["disconnect", "transport close", "details"] in window.run("return events")


def test_a_websocket_that_ends(fake, window):
    enter(window, WEBSOCKET)
    socket, _ = fake.open_socket()
    socket.close(code=1001)
    fake.wait(lambda: window.run("return !socket.connected"))
    assert ["disconnect", "transport close", "details"] in window.run("return events")
    fake.open_socket()


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_a_server_without_pings_is_given_up(fake, window, transport):
    enter(window, f"transports: ['{transport}'],")
    if transport == "polling":
        fake.open(interval=2000, timeout=1000)
    else:
        fake.open_socket(interval=2000, timeout=1000)
    fake.wait(lambda: window.run("return !socket.connected"))
    assert window.run("return events.find(([name]) => name === 'disconnect')[1]") == "ping timeout"


def test_a_computer_that_slept_asks_the_clock_first(fake, window):
    enter(window, WEBSOCKET)
    fake.open_socket()
    window.run("Date.now = () => performance.timeOrigin + performance.now() + 60_000; socket.emit('too', 'late')")
    fake.wait(lambda: window.run("return !socket.connected"))
    assert fake.frames == []
    window.run("Date.now = () => performance.timeOrigin + performance.now()")
    fake.open_socket()
    assert fake.next_frame() == '42["too","late"]'
    assert window.run("return events.find(([name]) => name === 'disconnect')[1]") == "ping timeout"


def test_our_client_asks_the_clock_when_the_page_is_shown_again(fake, ours):
    enter(ours, WEBSOCKET)
    fake.open_socket()
    ours.run("Date.now = () => performance.timeOrigin + performance.now() + 60_000; dispatchEvent(new Event('pageshow'))")
    assert ours.run("return socket.connected") is False


def test_a_session_of_ours_that_is_closed_while_it_opens_is_ended_when_it_has_a_name(fake, ours):
    enter(ours, POLLING)
    fake.wait(lambda: fake.polls)
    ours.run("socket.disconnect()")
    fake.answer(opening("left"))
    assert fake.next_post() == "1"
    assert query(fake.requests[-1])["sid"] == "left"


def test_a_connection_that_does_not_open_in_time(fake, window):
    enter(window, POLLING + "timeout: 100,")
    fake.wait(lambda: len(fake.polls) >= 2)
    errors = window.run("return events.filter(([name]) => name === 'connect_error').length")
    assert errors >= 1


# Recovery


def test_a_client_asks_for_what_it_missed(fake, window):
    enter(window, WEBSOCKET + "auth: { token: 't' },")
    socket, connect = fake.open_socket()
    assert connect == '40{"token":"t"}'
    socket.close()
    socket = fake.next_socket()
    socket.send(opening("two"))
    assert fake.next_frame() == '40{"token":"t"}', "without a private id there is nothing to ask for"
    window.run("heard = []; socket.onAny((...args) => heard.push(args))")
    socket.send('40{"sid":"S","pid":"P"}')
    socket.send('42["a",1,"o1"]')
    socket.send('42["b",{"x":1},"o2"]')
    socket.send('42["c","no offset",null]')
    fake.wait(lambda: window.run("return heard.length === 3"))
    assert window.run("return [socket.id, Boolean(socket.recovered)]") == ["S", False]
    socket.close()
    socket = fake.next_socket()
    socket.send(opening("three"))
    assert json.loads(fake.next_frame()[2:]) == {"pid": "P", "offset": "o2", "token": "t"}
    # Some servers send missed events first; the client holds them until the answer.
    socket.send('42["d","o3"]')
    fake.quiet(50)
    assert window.run("return heard.length") == 3
    socket.send('40{"sid":"S","pid":"P"}')
    socket.send('42["e","o4"]')
    fake.wait(lambda: window.run("return heard.length === 5"))
    assert window.run("return [heard.map(([name]) => name).join(''), socket.recovered]") == ["abcde", True]
    socket.close()
    socket = fake.next_socket()
    socket.send(opening("four"))
    assert json.loads(fake.next_frame()[2:])["offset"] == "o4"
    socket.send('40{"sid":"new","pid":"another"}')
    fake.wait(lambda: window.run("return socket.connected"))
    assert window.run("return [socket.id, socket.recovered]") == ["new", False]


def test_our_client_answers_only_on_the_connection_that_asked(fake, ours):
    enter(ours, WEBSOCKET)
    ours.run("socket.on('ask', (answer) => { late = answer; })")
    socket, _ = fake.open_socket()
    socket.send('420["ask"]')
    fake.wait(lambda: ours.run("return typeof late === 'function'"))
    socket.close()
    fake.open_socket()
    ours.run("late('for nobody'); socket.emit('after')")
    assert fake.next_frame() == '42["after"]'


# Invalid packets of a server

BROKEN = [
    "", "7", "x", "9", "4", "4x", "47", '42', '42{}', '42["a"', '42[]', '42[null]', '42[{}]', '42["connect"]', '42["disconnect"]',
    '42["newListener"]', "43[]", '43{}', '430', '431x', "41{}", "40[]", '40"x"', "40null", "44", "44[]", "442", '45["a"]',
    '451["a"]', '45-["a"]', '451-["a",{"_placeholder":true,"num":0}]\x1e42["b"]', '451-["a",{"_placeholder":true,"num":1}]\x1ebAA==',
    '451-["a",{"_placeholder":true,"num":-1}]\x1ebAA==', '451-["a",{"_placeholder":true,"num":"length"}]\x1ebAA==',
    '451-["a",{"_placeholder":true}]\x1ebAA==', "bAA==", "b***", '4299999999999999999["a"]', '45100000-["a"]', "42/x,[",
]


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_our_client_ends_a_session_that_breaks_the_rules_and_starts_another(fake, ours, transport):
    enter(ours, f"transports: ['{transport}'],")
    ours.run("socket.onAny((...args) => heard.push(args)); heard = []")
    for said in BROKEN:
        ours.run("events.length = 0")
        if transport == "polling":
            fake.open()
            fake.answer(*said.split("\x1e"))
        else:
            socket, _ = fake.open_socket()
            for packet in said.split("\x1e"):
                socket.send(packet)
        fake.wait(lambda: ours.run("return events.some(([name]) => name === 'disconnect')"))
        ended = ours.run("return [events.find(([name]) => name === 'disconnect'), heard]")
        assert ended == [["disconnect", "parse error", "error"], []], said
    assert ours.problems == []


UNSOUND = [
    "", "x", "1", "2", "3", '42["a"]', "0", "0{}", "0null", "0[]", '0{"sid":1}', '0{"sid":"x"}',
    '0{"sid":"x","pingInterval":"1","pingTimeout":"y"}', '0{"sid":"x","pingInterval":-1,"pingTimeout":1}',
]


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_our_client_refuses_an_invalid_handshake(fake, ours, transport):
    enter(ours, f"transports: ['{transport}'],")
    for count, said in enumerate(UNSOUND, 1):
        if transport == "polling":
            fake.answer(said)
        else:
            fake.next_socket().send(said)
        fake.wait(lambda: ours.run("return events.filter(([name]) => name === 'connect_error').length") == count)
    fake.open() if transport == "polling" else fake.open_socket()
    assert ours.problems == []


IGNORED = [
    "6", "3", "5", opening("another"), '43999["nobody asked"]', '42/nowhere,["a"]', "41/nowhere,", '40/nowhere,{"sid":"x"}',
    '44/nowhere,{"message":"x"}',
]


def test_what_means_nothing_is_ignored(fake, window):
    enter(window, WEBSOCKET)
    socket, _ = fake.open_socket()
    window.run("heard = []; socket.onAny((...args) => heard.push(args))")
    for said in IGNORED:
        socket.send(said)
    socket.send('42["still",1]')
    fake.wait(lambda: window.run("return heard.length"))
    assert window.run("return [heard, socket.connected]") == [[["still", 1]], True]


def test_a_second_answer_to_connect_ends_our_session(fake, ours):
    enter(ours, WEBSOCKET)
    socket, _ = fake.open_socket()
    socket.send('40{"sid":"again"}')
    fake.wait(lambda: ours.run("return !socket.connected"))


def test_an_answer_without_a_sid_is_an_error(fake, window):
    enter(window, WEBSOCKET)
    socket = fake.next_socket()
    socket.send(opening("e"))
    fake.next_frame()
    socket.send("40")
    fake.wait(lambda: window.run("return events.some(([name]) => name === 'connect_error')"))
    assert window.run("return socket.connected") is False


def test_numbers_may_be_names(fake, window):
    enter(window, WEBSOCKET)
    socket, _ = fake.open_socket()
    window.run("heard = next(socket, 7)")
    socket.send('42[7,"x"]')
    assert window.run("return heard") == ["x"]


def test_binary_without_attachments_is_legal(fake, window):
    enter(window, WEBSOCKET)
    socket, _ = fake.open_socket()
    window.run("heard = next(socket, 'a')")
    socket.send('450-["a",1]')
    assert window.run("return heard") == [1]
