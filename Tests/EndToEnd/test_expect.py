"""`Expect: 100-continue`: clients that wait for the server before they send a body (RFC 9110, section 10.1.1)."""

import asyncio
import http.client
import json

import aiohttp
import pytest

from bitacora import PATIENCE
from bodies import product
from engineio_raw import ask, target
from raw import Wire

EVENT = json.dumps({"topic": "a", "type": "b", "data": "x" * 2000}).encode()
EXPECTING = ("Expect", "100-continue")
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def begin(wire, method, address, length, *headers, version="1.1"):
    """Sends only the head."""
    lines = [f"{method} {address} HTTP/{version}", f"Host: {wire.host}", f"Content-Length: {length}"]
    wire.send("\r\n".join(lines + [f"{name}: {value}" for name, value in headers]).encode() + b"\r\n\r\n")


@pytest.mark.parametrize("address, body, status, headers", [
    ("/api/events", EVENT, 201, []), ("/api/products", json.dumps(product()).encode(), 201, []),
    ("/api/messages", b'{"text":"Hi"}', 201, []), ("/chat", b"text=Hi", 303, [FORM]), ("/api/events", b"{", 400, []),
])
def test_a_client_that_waits_gets_100_continue(server, address, body, status, headers):
    with Wire(server) as wire:
        begin(wire, "POST", address, len(body), EXPECTING, *headers)
        assert wire.take_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.send(body)
        answer = wire.response()
        assert (answer[0], "connection" in answer[1]) == (status, False)
        # The connection stays open.
        wire.request("GET", "/healthz")
        assert wire.response()[0] == 200


def test_a_client_that_does_not_wait_is_answered_at_once(server):
    with Wire(server) as wire:
        wire.request("POST", "/api/events", [EXPECTING], EVENT)
        assert wire.response()[0] == 201


@pytest.mark.parametrize("method, address, length, headers, status", [
    ("POST", "/api/events", (16 << 20) + 1, [], 413), ("POST", "/api/messages", 1 << 20, [], 413),
    ("PUT", "/api/events", 5, [], 405), ("POST", "/nothing", 5, [], 404), ("POST", "/chat", 5, [], 415),
    ("POST", "/api/events", 5, [("Origin", "https://evil.example")], 403),
    ("POST", "/api/events", 5, [("A", "x" * 20_000)], 431),
])
def test_an_error_that_does_not_depend_on_the_body_replaces_100_continue(shared_server, method, address, length, headers, status):
    head = shared_server.head
    with Wire(shared_server) as wire:
        begin(wire, method, address, length, EXPECTING, *headers)
        answer = wire.response()
        assert (answer[0], answer[1]["connection"].lower()) == (status, "close")
        assert wire.is_closed()
    assert shared_server.head == head


def test_other_expectations_fail(server):
    with Wire(server) as wire:
        begin(wire, "POST", "/api/events", len(EVENT), ("Expect", "tea"))
        status, headers, body = wire.response()
        assert (status, headers["content-type"], json.loads(body)["code"]) == (417, "application/problem+json", "expectation-failed")


def test_an_http_1_0_client_never_gets_100_continue(server):
    with Wire(server) as wire:
        begin(wire, "POST", "/api/events", len(EVENT), EXPECTING, version="1.0")
        wire.send(EVENT)
        assert wire.response()[0] == 201


def test_the_posts_of_a_socket_io_session(server):
    opening = ask(server, "GET", target(transport="polling"))
    session = target(transport="polling", sid=opening.body.split(b'"')[3].decode())
    with Wire(server) as wire:
        begin(wire, "POST", session, 2, EXPECTING)
        assert wire.take_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.send(b"40")
        assert wire.response()[2] == b"ok"
    for address, length, status in [(session, 1 << 30, 413), (target(transport="polling", sid="none"), 2, 400)]:
        with Wire(server) as wire:
            begin(wire, "POST", address, length, EXPECTING)
            assert wire.response()[0] == status
            assert wire.is_closed()


def test_http_client_skips_an_unexpected_100_continue(server):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    client.request("POST", "/api/events", body=EVENT, headers=dict([EXPECTING]))
    assert client.getresponse().status == 201
    client.close()


def test_aiohttp_works(server):
    async def post():
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE)) as session:
            for _ in range(2):
                async with session.post(server.url + "/api/events", data=EVENT, expect100=True) as answer:
                    assert answer.status == 201

    asyncio.run(post())
    assert server.head == 2
