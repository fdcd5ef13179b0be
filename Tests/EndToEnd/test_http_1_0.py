"""Clients of HTTP/1.0, such as `ab`: a connection is kept when the client asks for that, and closed otherwise."""

import json

import pytest

from bodies import product
from engineio_raw import target
from raw import Wire

KEEP = "Connection: Keep-Alive"


def ask(wire, method, address, *headers, body=b""):
    lines = [f"{method} {address} HTTP/1.0", f"Host: {wire.host}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    wire.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    return wire.response()


@pytest.mark.parametrize("method, address, body, status", [
    ("GET", "/", b"", 200), ("GET", "/healthz", b"", 200), ("GET", "/api/products", b"", 200), ("GET", "/assets/style.css", b"", 200),
    ("POST", "/api/messages", b'{"text":"Hi"}', 201), ("GET", "/nothing", b"", 404), ("GET", target(transport="polling"), b"", 200),
])
def test_a_connection_is_kept_if_the_client_asks(shared_server, method, address, body, status):
    with Wire(shared_server) as wire:
        for _ in range(3):
            answer = ask(wire, method, address, KEEP, body=body)
            assert (answer[0], answer[1]["connection"]) == (status, "keep-alive")
            assert "transfer-encoding" not in answer[1]
            assert int(answer[1]["content-length"]) == len(answer[2]) > 0


def test_an_error_page_keeps_the_connection(shared_server):
    with Wire(shared_server) as wire:
        for _ in range(2):
            status, headers, body = ask(wire, "GET", "/nothing", KEEP, "Accept: text/html")
            assert (status, headers["connection"], headers["content-length"]) == (404, "keep-alive", str(len(body)))


def test_a_304_has_no_body_and_keeps_the_connection(shared_server):
    shared_server.http.post("/api/products", json=product())
    tag = shared_server.http.get("/api/products/1").headers["etag"]
    with Wire(shared_server) as wire:
        for _ in range(2):
            answer = ask(wire, "GET", "/api/products/1", KEEP, f"If-None-Match: {tag}")
            assert (answer[0], answer[1]["connection"], answer[2]) == (304, "keep-alive", b"")


@pytest.mark.parametrize("address", ["/", "/healthz", target(transport="polling"), "/nothing"])
def test_a_connection_is_closed_if_the_client_does_not_ask(shared_server, address):
    with Wire(shared_server) as wire:
        assert ask(wire, "GET", address)[1]["connection"] == "close"
        assert wire.is_closed()


@pytest.mark.parametrize("address, headers", [("/api/events?after=live&wait=0.1", [KEEP]), ("/api/events?after=live&wait=0.1", [])])
def test_a_long_poll_closes(shared_server, address, headers):
    with Wire(shared_server) as wire:
        status, fields, body = ask(wire, "GET", address, *headers)
        assert (status, fields["connection"], json.loads(body)["events"]) == (200, "close", [])
        assert wire.is_closed()


def test_a_head_without_a_length_keeps_the_connection(shared_server):
    shared_server.append(*({"type": "x", "data": "y" * 1000} for _ in range(200)))
    with Wire(shared_server) as wire:
        for _ in range(2):
            status, headers, _ = ask(wire, "HEAD", "/api/events", KEEP)
            assert (status, headers["connection"], "content-length" in headers) == (200, "keep-alive", False)


def test_a_stream_is_not_chunked(shared_server):
    shared_server.append({"type": "x"})
    with Wire(shared_server) as wire:
        status, headers, _ = ask(wire, "GET", "/api/events", KEEP, "Accept: text/event-stream")
        assert (status, headers["connection"], "transfer-encoding" in headers) == (200, "close", False)
        assert b'"type":"x"' in wire.take_until(b'"replayed"')


def test_a_transfer_encoding_closes(shared_server):
    with Wire(shared_server) as wire:
        body = b'{"text":"Hi"}'
        wire.send(
            f"POST /api/messages HTTP/1.0\r\nHost: {wire.host}\r\n{KEEP}\r\nTransfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n".encode()
            + body + b"\r\n0\r\n\r\n")
        answer = wire.response()
        assert (answer[0], answer[1]["connection"]) == (201, "close")
        assert wire.is_closed()
