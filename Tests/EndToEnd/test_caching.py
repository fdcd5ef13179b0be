"""Every response says whether caches may store it (RFC 9111, section 5.2.2)."""

import re

import pytest

from bitacora import ROOT, Server
from bodies import product
from engineio_raw import ask, target
from raw import Wire
from readers import Stream, until_replayed

NO_CACHE, NO_STORE = "no-cache", "no-store"
# For each route that can be read: an address, its Cache-Control, and whether its response stays the same without changes.
READ = {
    "/": ("/", NO_CACHE, True),
    "/realtimeproducts": ("/realtimeproducts", NO_CACHE, True),
    "/products/{id}": ("/products/1", NO_CACHE, True),
    "/chat": ("/chat", NO_CACHE, False),
    "/auctions": ("/auctions", NO_CACHE, True),
    "/auctions/{id}": ("/auctions/1", NO_CACHE, True),
    "/transports": ("/transports", NO_STORE, False),
    "/log": ("/log", NO_CACHE, False),
    "/log/overview": ("/log/overview", NO_CACHE, False),
    "/log/{offset}": ("/log/1", NO_CACHE, False),
    "/assets/**": ("/assets/style.css", NO_CACHE, True),
    "/healthz": ("/healthz", NO_STORE, False),
    "/readyz": ("/readyz", NO_STORE, False),
    "/api/products": ("/api/products", NO_CACHE, True),
    "/api/products/{id}": ("/api/products/1", NO_CACHE, True),
    "/api/messages": ("/api/messages", NO_STORE, False),
    "/api/auctions": ("/api/auctions", NO_CACHE, True),
    "/api/auctions/{id}": ("/api/auctions/1", NO_CACHE, True),
    "/api/events": ("/api/events", NO_STORE, False),
    "/api/events/{offset}": ("/api/events/1", NO_CACHE, True),
    "/api/log": ("/api/log", NO_CACHE, False),
    "/api/state/{name}": ("/api/state/marketplace", NO_CACHE, True),
}
# Routes that only make changes.
CHANGE = {"/products/{id}/delete", "/auctions/{id}/bids", "/api/auctions/{id}/bids", "/api/auctions/{id}/close"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with a product and an auction, which only appending tests change."""
    server = Server(tmp_path_factory.mktemp("caching")).start()
    assert server.http.post("/api/products", json=product()).status_code == 201
    opened = {"product": 1, "startPrice": 10, "minimumStep": 1, "seconds": 3600}
    assert server.http.post("/api/auctions", json=opened).status_code == 201
    yield server
    server.end()


def test_every_route_is_tested_here():
    sources = ["BitacoraServer/Routes/ServerRoutes.swift", "Marketplace/Marketplace.swift"]
    text = "".join((ROOT / "Sources" / source).read_text() for source in sources)
    assert set(re.findall(r'routes\.add\(\s*"([^"]+)"', text)) == READ.keys() | CHANGE


@pytest.mark.parametrize("route", READ)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_readable_routes_have_their_cache_control(server, method, route):
    address, caching, _ = READ[route]
    answer = server.http.request(method, address)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, caching)
    # Without a tag no conditional request is possible.
    assert caching == NO_STORE or "etag" in answer.headers


@pytest.mark.parametrize("route", [route for route, (_, _, is_stable) in READ.items() if is_stable])
def test_a_304_has_the_headers_of_its_200(server, route):
    address, caching, _ = READ[route]
    tag = server.http.get(address).headers["etag"]
    answer = server.http.get(address, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.headers["etag"], answer.headers["cache-control"]) == (304, tag, caching)


@pytest.mark.parametrize("method, address, options, status", [
    ("POST", "/api/events", {"json": {"topic": "a", "type": "b", "data": 1}}, 201),
    ("POST", "/api/messages", {"json": {"text": "Hi"}}, 201),
    ("POST", "/chat", {"content": "text=Hi", "headers": FORM}, 303),
    ("POST", "/api/products", {"json": {}}, 422), ("POST", "/chat", {"content": "text=", "headers": FORM}, 422),
    ("POST", "/chat", {"json": {}}, 415), ("GET", "/nothing", {}, 404), ("GET", "/nothing", {"headers": {"Accept": "text/html"}}, 404),
    ("GET", "/api/products/99", {}, 404), ("PATCH", "/api/events", {}, 405), ("GET", "/api/events?after=x", {}, 400),
    ("GET", "/log?topic=/", {}, 400), ("GET", "/", {"headers": {"Origin": "https://evil.example"}}, 403),
    ("GET", "/", {"headers": {"Host": "evil.example"}}, 421), ("GET", "/api/events?after=live&wait=0.05", {}, 200),
])
def test_changes_errors_and_long_polls_are_not_cached(server, method, address, options, status):
    answer = server.http.request(method, address, **options)
    assert (answer.status_code, answer.headers["cache-control"]) == (status, NO_STORE), answer.text


@pytest.mark.parametrize("request_bytes, status", [
    (b"HELLO\r\n\r\n", 400), (b"GET / HTTP/1.1\r\n\r\n", 400), (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + b"x" * 20_000 + b"\r\n\r\n", 431),
])
def test_errors_of_the_connection_are_not_cached(server, request_bytes, status):
    with Wire(server) as wire:
        wire.send(request_bytes)
        answer = wire.response()
        assert (answer[0], answer[1]["cache-control"]) == (status, NO_STORE)


def test_live_responses_are_not_cached(server):
    with Stream(server) as stream:
        until_replayed(stream)
        assert stream.answer.headers["cache-control"] == NO_STORE
    opening = ask(server, "GET", target(transport="polling"))
    session = target(transport="polling", sid=opening.body.split(b'"')[3].decode())
    posted = ask(server, "POST", session, body=b"40")
    unknown = ask(server, "GET", target(transport="polling", sid="none"))
    preflight = ask(server, "OPTIONS", target(transport="polling"))
    assert [answer.status for answer in [opening, posted, unknown, preflight]] == [200, 200, 400, 204]
    assert {answer.headers["cache-control"] for answer in [opening, posted, unknown, preflight]} == {NO_STORE}
    script = ask(server, "GET", "/socket.io/socket.io.js")
    assert (script.status, script.headers["cache-control"]) == (200, "public, max-age=0")
