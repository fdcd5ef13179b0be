"""The start of a session, and all errors at the start (Engine.IO: request, handshake, errors)."""

import json
import re

import pytest

from engineio_raw import PATH, Polling, WebSocket, ask, target, until_ended
from raw import Wire
from socketio_scenario import make_scenario, scenario, shared_scenario  # noqa: F401

SID = "[A-Za-z0-9_-]{20,}"
OPEN = (r'0\{"sid":"' + SID + r'","upgrades":%s,"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000\}')
UNKNOWN_SID = "A" * 20

TRANSPORT_UNKNOWN = (400, 0, "Transport unknown")
SESSION_UNKNOWN = (400, 1, "Session ID unknown")
BAD_METHOD = (400, 2, "Bad handshake method")
BAD_REQUEST = (400, 3, "Bad request")
BAD_VERSION = (400, 5, "Unsupported protocol version")


def assert_refused(answer, refusal):
    status, code, message = refusal
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/json"
    assert answer.body == json.dumps({"code": code, "message": message}, separators=(",", ":")).encode()


def test_polling_begins_with_the_five_keys(scenario):
    answer = ask(scenario, "GET", target(transport="polling"))
    assert answer.status == 200
    assert re.fullmatch(OPEN % r'\["websocket"\]', answer.body.decode())
    assert answer.headers["content-type"] == "text/plain; charset=UTF-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers
    assert "set-cookie" not in answer.headers


def test_a_websocket_begins_with_the_five_keys_and_nothing_to_upgrade_to(scenario):
    socket = WebSocket(scenario)
    assert socket.opening.status == 101
    assert list(socket.handshake) == ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]
    assert socket.handshake["upgrades"] == []
    assert re.fullmatch(SID, socket.sid)
    socket.close()


def test_the_handshake_has_the_options_of_the_server(make_scenario):
    server = make_scenario(ping_interval=300, ping_timeout=200, max_payload=1234, no_upgrades=True)
    for session in [Polling(server), WebSocket(server)]:
        del session.handshake["sid"]
        assert session.handshake == {"upgrades": [], "pingInterval": 300, "pingTimeout": 200, "maxPayload": 1234}
        session.close()


def test_each_session_has_a_name_of_its_own_that_is_not_that_of_its_sockets(scenario):
    names = set()
    for _ in range(10):
        session = Polling(scenario)
        session.send("40")
        names |= {session.sid, json.loads(session.receive()[2:])["sid"]}
        session.close()
    assert len(names) == 20


@pytest.mark.parametrize("query", [{"t": "abc123"}, {"b64": "1"}, {"t": "x", "foo": "ba r"}, {"EIO": "4"}])
def test_cache_busters_and_strange_parameters_are_ignored(scenario, query):
    assert ask(scenario, "GET", target(transport="polling", **query)).body[:1] == b"0"


def test_the_path_needs_its_slash(scenario):
    assert ask(scenario, "GET", target("/socket.io", transport="polling")).status == 404
    assert WebSocket(scenario, path="/socket.io").opening.status == 404


@pytest.mark.parametrize("method, query, refusal", [
    ("GET", {}, TRANSPORT_UNKNOWN),
    ("GET", {"transport": ""}, TRANSPORT_UNKNOWN),
    ("GET", {"transport": "carrier-pigeon"}, TRANSPORT_UNKNOWN),
    ("GET", {"transport": "constructor"}, TRANSPORT_UNKNOWN),
    ("GET", {"transport": "webtransport"}, TRANSPORT_UNKNOWN),
    ("GET", {"transport": "Polling"}, TRANSPORT_UNKNOWN),
    ("GET", {"EIO": None}, TRANSPORT_UNKNOWN),
    ("POST", {}, TRANSPORT_UNKNOWN),
    ("GET", {"transport": "polling", "sid": UNKNOWN_SID}, SESSION_UNKNOWN),
    ("GET", {"transport": "polling", "sid": "x"}, SESSION_UNKNOWN),
    ("GET", {"transport": "polling", "sid": "x" * 3000}, SESSION_UNKNOWN),
    ("POST", {"transport": "polling", "sid": UNKNOWN_SID}, SESSION_UNKNOWN),
    ("GET", {"transport": "websocket", "sid": UNKNOWN_SID}, SESSION_UNKNOWN),
    ("POST", {"transport": "polling"}, BAD_METHOD),
    ("PUT", {"transport": "polling"}, BAD_METHOD),
    ("DELETE", {"transport": "polling"}, BAD_METHOD),
    ("GET", {"transport": "websocket"}, BAD_REQUEST),
    ("GET", {"transport": "polling", "EIO": None}, BAD_VERSION),
    ("GET", {"transport": "polling", "EIO": ""}, BAD_VERSION),
    ("GET", {"transport": "polling", "EIO": "3"}, BAD_VERSION),
    ("GET", {"transport": "polling", "EIO": "5"}, BAD_VERSION),
    ("GET", {"transport": "polling", "EIO": "abc"}, BAD_VERSION),
])
def test_invalid_requests_are_rejected_with_their_codes(scenario, method, query, refusal):
    assert_refused(ask(scenario, method, target(**query), body=b"4x" if method == "POST" else b""), refusal)


@pytest.mark.parametrize("query, refusal", [
    ({"transport": None}, TRANSPORT_UNKNOWN), ({"transport": "abc"}, TRANSPORT_UNKNOWN),
    ({"sid": UNKNOWN_SID}, SESSION_UNKNOWN), ({"transport": "polling"}, BAD_REQUEST),
    ({"EIO": None}, BAD_VERSION), ({"EIO": "3"}, BAD_VERSION), ({"EIO": "abc"}, BAD_VERSION),
])
def test_invalid_websocket_requests_are_rejected_before_the_upgrade(scenario, query, refusal):
    assert_refused(WebSocket(scenario, **query).opening, refusal)


def test_a_session_on_a_websocket_is_not_polled(scenario):
    socket = WebSocket(scenario)
    for method in ["GET", "POST"]:
        assert_refused(ask(scenario, method, target(transport="polling", sid=socket.sid), body=b"40"), BAD_REQUEST)
    socket.send("40")
    assert socket.receive()[:2] == "40"
    socket.close()


def test_other_methods_do_nothing_to_a_session(scenario):
    session = Polling(scenario)
    for method in ["PUT", "DELETE", "PATCH"]:
        assert 400 <= ask(scenario, method, session.target).status <= 501
    session.send("40")
    assert session.receive()[:2] == "40"
    session.close()


def test_a_transport_can_be_switched_off(make_scenario):
    only_sockets = make_scenario(websocket_only=True)
    assert_refused(ask(only_sockets, "GET", target(transport="polling")), TRANSPORT_UNKNOWN)
    assert WebSocket(only_sockets).handshake["upgrades"] == []
    only_polling = make_scenario(polling_only=True)
    assert WebSocket(only_polling).opening.status == 400
    assert Polling(only_polling).handshake["upgrades"] == []


def test_sessions_beyond_the_limit_are_answered_503(make_scenario):
    server = make_scenario(max_sessions=3)
    sessions = [joined(kind(server)) for kind in [Polling, WebSocket, Polling]]
    answer = ask(server, "GET", target(transport="polling"))
    assert answer.status == 503
    assert answer.json()["message"]
    assert WebSocket(server).opening.status == 503
    sessions[0].send("1")
    replacement = Polling(server)
    for session in [*sessions, replacement]:
        session.close()


def joined(session):
    session.send("40")
    while not session.receive().startswith("40{"):
        pass
    return session


def test_handshakes_over_one_connection_do_not_block_others(make_scenario):
    """One client creates many sessions and joins no namespace."""
    server = make_scenario(max_sessions=100, max_unjoined_per_connection=8)
    with Wire(server) as wire:
        statuses = []
        for _ in range(300):
            wire.request("GET", target(transport="polling"))
            statuses.append(wire.response()[0])
        assert statuses == [200] * 8 + [503] * 292
        sessions = [joined(kind(server)) for kind in [Polling, WebSocket] * 40]
    for session in sessions:
        session.close()


def test_sessions_without_a_namespace_are_closed_first(make_scenario):
    """More handshakes than the limit of sessions, on separate connections; joined sessions stay, and new clients can join."""
    server = make_scenario(max_sessions=40)
    member = joined(WebSocket(server))
    idle = [kind(server) for kind in [Polling, WebSocket] * 40]
    sessions = [joined(kind(server)) for kind in [Polling, WebSocket] * 15]
    member.send('421["echo","still here"]')
    while (packet := member.receive()) != '431["still here"]':
        assert packet.startswith("42"), packet
    assert idle[0].get().status == 400
    assert until_ended(idle[1]) == ([], None)
    for session in [member, *idle, *sessions]:
        session.close()


# Origins: only pages of the server itself and of allowed origins may connect.

ALLOWED, FOREIGN = "https://allowed.example", "https://foreign.example"


@pytest.fixture
def open_to_one(make_scenario):
    return make_scenario(allow_origin=ALLOWED)


def origin(value):
    return [("Origin", value)]


def own_origin(server):
    return f"http://127.0.0.1:{server.port}"


def test_no_origin_and_the_own_origin_are_allowed_without_headers(scenario):
    for headers in [(), origin(own_origin(scenario))]:
        answer = ask(scenario, "GET", target(transport="polling"), headers)
        assert answer.status == 200
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert WebSocket(scenario, headers).opening.status == 101


@pytest.mark.parametrize("value", [FOREIGN, "null", "http://127.0.0.1", "http://127.0.0.1:1", "http://localhost:{port}x", "garbage", ""])
def test_a_foreign_origin_is_forbidden_on_both_transports(scenario, value):
    headers = origin(value.format(port=scenario.port))
    answer = ask(scenario, "GET", target(transport="polling"), headers)
    assert (answer.status, answer.json()["code"]) == (403, 4)
    assert answer.json()["message"]
    assert WebSocket(scenario, headers).opening.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_an_allowed_origin_gets_its_headers_also_on_errors(open_to_one):
    for query, status in [({"transport": "polling"}, 200), ({"transport": "x"}, 400), ({"transport": "polling", "sid": "x"}, 400)]:
        answer = ask(open_to_one, "GET", target(**query), origin(ALLOWED))
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == ALLOWED
        assert "origin" in answer.headers["vary"].lower()
    session = Polling(open_to_one, origin(ALLOWED))
    answer = session.post(b"40")
    assert (answer.body, answer.headers["access-control-allow-origin"]) == (b"ok", ALLOWED)
    assert session.get().headers["access-control-allow-origin"] == ALLOWED
    session.close()
    assert WebSocket(open_to_one, origin(ALLOWED)).opening.status == 101


def test_an_origin_that_is_not_on_the_list_is_forbidden(open_to_one):
    assert ask(open_to_one, "GET", target(transport="polling"), origin(FOREIGN)).status == 403
    assert ask(open_to_one, "GET", target(transport="polling"), origin(own_origin(open_to_one))).status == 200


def test_options_without_a_list_say_nothing_of_origins(scenario):
    for headers in [(), origin(own_origin(scenario)), origin(FOREIGN)]:
        answer = ask(scenario, "OPTIONS", target(transport="polling"), headers)
        assert answer.status in (204, 400, 403)
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_options_of_an_allowed_origin_are_answered_204(open_to_one):
    headers = [*origin(ALLOWED), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type")]
    answer = ask(open_to_one, "OPTIONS", target(transport="polling"), headers)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == ALLOWED
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "access-control-allow-headers" in answer.headers


# The client script has the same path.

@pytest.mark.parametrize("name, start", [("socket.io.js", b"(() => {"), ("socket.io.min.js", b"(() => {"), ("socket.io.esm.js", b""), ("socket.io.esm.min.js", b"")])
def test_the_client_script_is_served_with_a_tag(scenario, name, start):
    answer = ask(scenario, "GET", PATH + name)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(("text/javascript", "application/javascript"))
    assert answer.body.startswith(start)
    again = ask(scenario, "GET", PATH + name, [("If-None-Match", answer.headers["etag"])])
    assert (again.status, again.body) == (304, b"")
    packed = ask(scenario, "GET", PATH + name, [("Accept-Encoding", "gzip")])
    assert packed.headers.get("content-encoding") == "gzip"


def test_other_files_under_the_path_do_not_exist(scenario):
    for name in ["socket.io.css", "..%2f..%2fetc/passwd", "socket.io.js.map.map", "x/y"]:
        assert ask(scenario, "GET", PATH + name).status in (400, 404)
