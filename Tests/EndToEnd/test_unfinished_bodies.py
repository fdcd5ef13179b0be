"""A request with an incomplete body takes no effect, even if the received part is valid."""

import json

import pytest

from raw import Wire

FORM = "application/x-www-form-urlencoded"
EVENT = json.dumps({"topic": "t", "type": "cut", "data": 1})
CHUNK = f"{len(EVENT):x}\r\n{EVENT}"
BODIES = {
    "a form": ("/chat", FORM, "Content-Length: 18", "text=Pay+him+100"),
    "JSON": ("/api/products", "application/json", "Content-Length: 999", '{"title":"S","code":"S-1","price":2}'),
    "after 100 Continue": ("/api/events", "application/json", "Expect: 100-continue\r\nContent-Length: 999", EVENT),
    "no last chunk": ("/api/events", "application/json", "Transfer-Encoding: chunked", f"{CHUNK}\r\n"),
    "no end of the last chunk": ("/api/events", "application/json", "Transfer-Encoding: chunked", f"{CHUNK}\r\n0\r\n"),
    "a wrong size": ("/api/events", "application/json", "Transfer-Encoding: chunked", f"{CHUNK}\r\nzz\r\n"),
    "no line end after a chunk": ("/api/events", "application/json", "Transfer-Encoding: chunked", f"{CHUNK}0\r\n\r\n"),
    "a wrong trailer": ("/api/events", "application/json", "Transfer-Encoding: chunked", f"{CHUNK}\r\n0\r\nA\0: b\r\n\r\n"),
}


@pytest.mark.parametrize("end", ["half-closed", "closed"])
@pytest.mark.parametrize("body", BODIES)
def test_an_unfinished_body_takes_no_effect(shared_server, body, end):
    path, kind, framing, sent = BODIES[body]
    head = shared_server.head
    with Wire(shared_server) as wire:
        wire.send(f"POST {path} HTTP/1.1\r\nHost: {wire.host}\r\nOrigin: http://{wire.host}\r\nContent-Type: {kind}\r\n{framing}\r\n\r\n".encode())
        if body == "after 100 Continue":
            assert wire.take_until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        wire.send(sent.encode())
        if end == "half-closed":
            wire.socket.shutdown(1)
            assert wire.response()[0] == 400
            assert wire.is_closed()
    # The received part would be appended before this event.
    assert shared_server.append({"type": "next"}) == [head + 1]


def test_an_unfinished_body_takes_no_effect_later(make_server):
    server = make_server()
    for path, kind, framing, sent in BODIES.values():
        with Wire(server) as wire:
            wire.send(f"POST {path} HTTP/1.1\r\nHost: {wire.host}\r\nOrigin: http://{wire.host}\r\nContent-Type: {kind}\r\n{framing}\r\n\r\n{sent}".encode())
    # Stopping waits for every request.
    assert server.stop() == 0
    assert server.tool("list", "--json").stdout == ""
