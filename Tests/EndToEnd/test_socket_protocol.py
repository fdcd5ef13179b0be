"""Violations of RFC 6455 are answered with the close codes of the RFC."""

import struct

import pytest

from raw import Wire, frame

TEXT, BINARY, CLOSE, PING, PONG, MORE = 1, 2, 8, 9, 10, 0
COMMAND = b'{"command":"message.post","data":{"text":"t"}}'

GARBAGE = [
    ("an unmasked frame", frame(TEXT, COMMAND, masked=False), 1002),
    ("a reserved bit", frame(TEXT, COMMAND, reserved=4), 1002),
    ("another reserved bit", frame(TEXT, COMMAND, reserved=1), 1002),
    ("a reserved opcode", frame(3, b""), 1002),
    ("a reserved control opcode", frame(11, b""), 1002),
    ("a fragmented ping", frame(PING, b"", final=False), 1002),
    ("a ping of 126 bytes", frame(PING, b"x" * 126), 1002),
    ("a continuation of nothing", frame(MORE, b"x"), 1002),
    ("a message inside a message", frame(TEXT, b"a", final=False) + frame(TEXT, b"b"), 1002),
    ("a close frame of one byte", frame(CLOSE, b"\x03"), 1002),
    ("a close code that may not be sent", frame(CLOSE, struct.pack("!H", 1005)), 1002),
    ("a close code below 1000", frame(CLOSE, struct.pack("!H", 999)), 1002),
    ("a close reason that is not UTF-8", frame(CLOSE, struct.pack("!H", 1000) + b"\xff"), 1007),
    ("text that is not UTF-8", frame(TEXT, b"\xc3\x28"), 1007),
    ("text that ends within a character", frame(TEXT, b"\xe2\x9a"), 1007),
    ("text with a surrogate", frame(TEXT, b"\xed\xa0\x80"), 1007),
    ("not UTF-8 over two fragments", frame(TEXT, b"\xe2", final=False) + frame(MORE, b"\x28\xa1"), 1007),
    ("a frame that says it is too long", frame(TEXT, b"", length=(1 << 20) + 1), 1009),
    ("a frame of 2^63 bytes", frame(TEXT, b"", length=1 << 63), 1002),
    ("a message that grows too long", frame(TEXT, b"x" * 700_000, final=False) + frame(MORE, b"x" * 700_000), 1009),
    ("a message that is binary", frame(BINARY, b"x"), 1003),
]


@pytest.mark.parametrize("what, data, code", GARBAGE, ids=[case[0] for case in GARBAGE])
def test_each_protocol_error_has_its_close_code(server, what, data, code):
    with Wire(server) as wire:
        assert wire.upgrade("/api/events?after=live") == 101
        wire.send(data)
        assert wire.close_code() == code
        wire.socket.shutdown(1)
        assert wire.is_closed()
    assert server.http.get("/healthz").status_code == 200


def test_a_ping_is_answered_also_between_fragments(server):
    with Wire(server) as wire:
        wire.upgrade("/api/events?after=live")
        wire.read_frame()
        wire.send(frame(TEXT, COMMAND[:10], final=False) + frame(PING, b"now") + frame(MORE, COMMAND[10:]))
        assert wire.read_frame() == (PONG, b"now")
        assert b'"offset":1' in wire.read_frame()[1]


def test_a_frame_may_come_byte_by_byte(server):
    with Wire(server) as wire:
        wire.upgrade("/api/events?after=live")
        wire.read_frame()
        for byte in frame(TEXT, COMMAND):
            wire.send(bytes([byte]))
        assert b'"offset":1' in wire.read_frame()[1]


def test_a_close_is_answered_with_the_same_code(server):
    for code in [1000, 1001, 3000, 4999]:
        with Wire(server) as wire:
            wire.upgrade("/api/events?after=live")
            wire.send(frame(CLOSE, struct.pack("!H", code) + b"bye"))
            assert wire.close_code() == code
            assert wire.is_closed()


@pytest.mark.parametrize("headers, status", [
    ([("Sec-WebSocket-Version", "12")], 426), ([("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "short")], 400),
    ([("Sec-WebSocket-Version", "13")], 400),
])
def test_a_wrong_handshake_is_refused(server, headers, status):
    with Wire(server) as wire:
        wire.request("GET", "/api/events", [("Upgrade", "websocket"), ("Connection", "Upgrade"), *headers])
        assert wire.response()[0] == status
