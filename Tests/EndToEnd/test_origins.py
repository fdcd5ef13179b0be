"""Origins, hosts, and clients of other machines: which requests are answered, and with which headers."""

import subprocess

import pytest
from websockets.exceptions import InvalidStatus

from bitacora import EXECUTABLE, PATIENCE
from bodies import assert_problem, product
from raw import Wire
from readers import Socket, Stream, until_replayed

EVIL = {"Origin": "https://evil.example"}
SHOP = {"Origin": "https://shop.example"}


@pytest.mark.parametrize("method, path", [("GET", "/"), ("GET", "/api/events"), ("POST", "/api/products"), ("POST", "/api/events"), ("DELETE", "/api/products/1")])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_a_request_of_another_site_is_refused(shared_server, method, path, origin):
    head = shared_server.head
    answer = shared_server.http.request(method, path, headers={"Origin": origin}, json=product() if method == "POST" else None)
    assert_problem(answer, 403, "wrong-origin")
    assert "access-control-allow-origin" not in answer.headers
    assert shared_server.head == head


def test_a_stream_of_another_site_is_refused(shared_server):
    answer = shared_server.http.get("/api/events", headers={"Accept": "text/event-stream", **EVIL})
    assert_problem(answer, 403, "wrong-origin")


def test_a_refused_stream_or_socket_has_the_headers_of_every_answer(shop):
    for headers in [{"Accept": "text/event-stream"}, {"Connection": "Upgrade", "Upgrade": "websocket"}]:
        for address, origin, status in [("/api/events?after=x", SHOP, 400), ("/api/events", EVIL, 403)]:
            answer = shop.http.get(address, headers={**headers, **origin})
            assert answer.status_code == status
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers.get("access-control-allow-origin") == (SHOP["Origin"] if origin == SHOP else None)
            assert "Origin" in answer.headers["vary"]


def test_a_socket_of_another_site_is_refused(shared_server):
    with pytest.raises(InvalidStatus) as refused:
        Socket(shared_server, headers=EVIL)
    assert refused.value.response.status_code == 403


def test_requests_of_pages_of_this_host_are_accepted(shared_server):
    own = {"Origin": shared_server.url}
    assert shared_server.http.post("/api/products", json=product(), headers=own).status_code == 201
    with Socket(shared_server, headers=own) as socket:
        until_replayed(socket)
    with Stream(shared_server, headers=own) as stream:
        until_replayed(stream)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "[::2]", "evil@127.0.0.1", "[::1].evil.example", "localhost:80.evil.example"])
def test_a_foreign_host_is_refused_on_loopback(shared_server, host):
    # DNS rebinding: the name of another site that resolves to this machine.
    for headers in [[], [("Origin", f"http://{host}")]]:
        with Wire(shared_server) as wire:
            wire.request("GET", "/api/products", headers, host=host)
            assert wire.response()[0] == 421
    with Wire(shared_server) as wire:
        wire.host = host
        assert wire.upgrade("/api/events") == 421


@pytest.mark.parametrize("target, host, origin, status", [
    ("http://{own}/api/products", "evil.example", None, 200), ("http://{own}/api/products", "{own}", "http://{own}", 200),
    ("http://{own}/api/products", "evil.example", "http://{own}", 200), ("http://evil.example/api/products", "{own}", None, 421),
    ("http://evil.example/api/products", "{own}", "http://{own}", 421), ("http://{own}/api/products", "evil.example", "http://evil.example", 403),
])
def test_the_host_of_an_absolute_target_counts_instead_of_the_header(shared_server, target, host, origin, status):
    with Wire(shared_server) as wire:
        target, host = target.format(own=wire.host), host.format(own=wire.host)
        wire.request("GET", target, [("Origin", origin.format(own=wire.host))] if origin else [], host=host)
        assert wire.response()[0] == status


def test_streams_sockets_and_sessions_may_have_an_absolute_target(shared_server):
    with Wire(shared_server) as wire:
        wire.request("GET", f"http://{wire.host}/api/events", [("Accept", "text/event-stream")], host="evil.example")
        assert wire.response()[1]["content-type"] == "text/event-stream"
    with Wire(shared_server) as wire:
        assert wire.upgrade(f"http://{wire.host}/api/events") == 101
    for target, status in [("http://{}/socket.io/?EIO=4&transport=polling", 200), ("http://evil.example/socket.io/?EIO=4&transport=polling", 403)]:
        with Wire(shared_server) as wire:
            wire.request("GET", target.format(wire.host))
            assert wire.response()[0] == status


def test_all_names_of_this_machine_are_accepted(shared_server):
    for host in ["127.0.0.1", "localhost", "LOCALHOST:1", "[::1]", f"[::1]:{shared_server.port}"]:
        with Wire(shared_server) as wire:
            wire.request("GET", "/healthz", host=host)
            assert wire.response()[0] == 200


@pytest.fixture(scope="module")
def shop(make_shared_server):
    return make_shared_server("--allow-origin", SHOP["Origin"])


def test_an_allowed_origin_may_read_and_post(shop):
    answer = shop.http.post("/api/products", json=product(), headers=SHOP)
    assert answer.status_code == 201
    assert answer.headers["access-control-allow-origin"] == SHOP["Origin"]
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "Origin" in answer.headers["vary"]
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert_problem(shop.http.get("/", headers=EVIL), 403, "wrong-origin")


def test_an_allowed_origin_may_read_errors(shop):
    for answer in [
        shop.http.post("/api/products", json=product(price=-1), headers=SHOP),
        shop.http.get("/nothing", headers=SHOP), shop.http.get("/api/events?after=x", headers=SHOP),
    ]:
        assert answer.status_code >= 400
        assert answer.headers["access-control-allow-origin"] == SHOP["Origin"]
        assert answer.headers["access-control-allow-credentials"] == "true"


def test_responses_vary_by_origin_if_other_origins_are_allowed(shop, shared_server):
    for headers in [SHOP, {}, {"Origin": shop.url}]:
        assert "Origin" in shop.http.get("/api/products", headers=headers).headers["vary"]
    own = shop.http.get("/api/products", headers={"Origin": shop.url})
    assert not [name for name in own.headers if name.startswith("access-control-")]
    assert "Origin" not in shared_server.http.get("/api/products").headers.get("vary", "")


def test_preflight_requests_of_allowed_origins_list_methods_and_headers(shop):
    answer = shop.http.options("/api/products/1", headers={
        **SHOP, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,if-match"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == SHOP["Origin"]
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert {"Authorization", "If-Match"} <= set(answer.headers["access-control-allow-headers"].split(", "))
    assert answer.headers["access-control-allow-credentials"] == "true"


def test_an_allowed_origin_may_open_sockets_and_streams(shop):
    with Socket(shop, headers=SHOP) as socket:
        until_replayed(socket)
    with Stream(shop, headers=SHOP) as stream:
        assert stream.answer.headers["access-control-allow-origin"] == SHOP["Origin"]
        assert stream.answer.headers["access-control-allow-credentials"] == "true"
        until_replayed(stream)
    with pytest.raises(InvalidStatus):
        Socket(shop, headers=EVIL)


def test_listening_beyond_loopback_needs_open(tmp_path):
    result = subprocess.run(
        [EXECUTABLE, "serve", "--host", "0.0.0.0", "--port", "0", "--data", tmp_path / "log"],
        capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == 2
    assert "--open" in result.stderr
    assert result.stdout == ""


def test_an_open_server_answers_to_any_name(make_server):
    server = make_server("--host", "0.0.0.0", "--open")
    with Wire(server) as wire:
        wire.request("GET", "/healthz", host="shop.example")
        assert wire.response()[0] == 200
    assert_problem(server.http.post("/api/products", json=product(), headers=EVIL), 403, "wrong-origin")
