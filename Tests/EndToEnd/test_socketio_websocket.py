"""Engine.IO over a WebSocket: one packet a frame, what is ignored and what closes."""

import pytest

from engineio_raw import BINARY, CLOSE, TEXT, Ended, WebSocket, until_ended
from raw import frame
from socketio_scenario import Scenario, scenario, shared_scenario  # noqa: F401

PING, PONG, MORE = 9, 10, 0


@pytest.fixture
def socket(scenario):
    socket = joined(scenario)
    yield socket
    socket.close()


def joined(server):
    socket = WebSocket(server)
    socket.send("40")
    assert socket.receive()[:7] == '40{"sid'
    assert socket.receive() == '42["auth",{}]'
    return socket


def assert_lives(socket):
    socket.send('4299["echo"]')
    assert socket.receive() == "4399[]"


def test_each_packet_is_a_frame_of_its_own(socket):
    socket.send('42["flood",3,2]', '420["echo","€"]')
    assert [socket.wire.read_frame()[0] for _ in range(3)] == [TEXT] * 3
    assert socket.wire.read_frame()[0] == TEXT


def test_binary_is_a_binary_frame(socket):
    socket.send('451-1["echo",{"_placeholder":true,"num":0}]', bytes(range(256)))
    assert socket.wire.read_frame() == (TEXT, b'461-1[{"_placeholder":true,"num":0}]')
    assert socket.wire.read_frame() == (BINARY, bytes(range(256)))


def test_a_stock_client_with_force_base64_sends_attachments_as_text(socket):
    """Frames as socket.io-client 4.8 with `forceBase64` sends them; two attachments, one of them empty."""
    socket.send('452-1["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', "bAQID/w==", "b")
    assert [socket.receive() for _ in range(3)] == [
        '462-1[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', b"\x01\x02\x03\xff", b""]


@pytest.mark.parametrize("packet", ["6", "5", "3", "3probe", "0", '0{"sid":"x"}'])
def test_unknown_packets_are_ignored(socket, packet):
    socket.send(packet)
    assert_lives(socket)


@pytest.mark.parametrize("packet", ["", "7", "8", "9hello", "x", "b", "bAQID", "bAQ", "b%%%%", "-1", "ñ", "2", "2probe", "\x00"])
def test_undecodable_packets_close(socket, packet):
    socket.send(packet)
    assert until_ended(socket) == ([], None)


def test_a_close_packet_closes_at_once(socket):
    socket.send("1")
    assert until_ended(socket) == ([], None)


def test_a_close_frame_is_answered(socket):
    socket.wire.send(frame(CLOSE, b"\x03\xe8"))
    assert until_ended(socket) == ([], 1000)


def test_a_ping_of_rfc_6455_is_answered_and_means_nothing_else(socket):
    socket.wire.send(frame(PING, b"now"))
    assert socket.wire.read_frame() == (PONG, b"now")
    socket.wire.send(frame(PONG, b""))
    assert_lives(socket)


def test_a_packet_may_come_in_fragments(socket):
    socket.wire.send(frame(TEXT, b'420["ec', final=False) + frame(MORE, b'ho","\xc3', final=False) + frame(MORE, b'\xb1"]'))
    assert socket.receive() == '430["ñ"]'


def test_a_packet_may_come_byte_by_byte(socket):
    for byte in frame(TEXT, b'420["echo"]'):
        socket.wire.send(bytes([byte]))
    assert socket.receive() == "430[]"


def test_text_that_is_not_utf8_closes(socket):
    socket.wire.send(frame(TEXT, b'42["\xff"]'))
    assert until_ended(socket) == ([], 1007)


def test_many_packets_at_once_are_answered_in_order(socket):
    socket.send(*(f'42{number}["echo",{number}]' for number in range(500)))
    assert [socket.receive() for _ in range(500)] == [f"43{number}[{number}]" for number in range(500)]


@pytest.fixture(scope="module")
def narrow():
    with Scenario(max_payload=1000) as server:
        yield server


def event(size):
    text = "x" * (size - len('421["echo",""]'))
    return f'421["echo","{text}"]', f'431["{text}"]'


def test_a_message_as_long_as_allowed_is_taken(narrow):
    socket = joined(narrow)
    packet, answer = event(1000)
    socket.send(packet)
    assert socket.receive() == answer
    socket.send('451-1["echo",{"_placeholder":true,"num":0}]', b"x" * 1000)
    assert (socket.receive(), len(socket.receive())) == ('461-1[{"_placeholder":true,"num":0}]', 1000)
    socket.close()


@pytest.mark.parametrize("packets", [
    (event(1001)[0],), ('451-1["echo",{"_placeholder":true,"num":0}]', b"x" * 1001),
    ('451-1["echo",{"_placeholder":true,"num":0}]', "b" + "A" * 1000),
])
def test_a_longer_message_closes_with_1009(narrow, packets):
    socket = joined(narrow)
    socket.offend(*packets)
    assert until_ended(socket) == ([], 1009)


def test_the_close_frame_says_how_long_a_message_may_be(narrow):
    socket = joined(narrow)
    socket.offend(event(1001)[0])
    with pytest.raises(Ended) as ended:
        socket.receive()
    assert (ended.value.code, ended.value.reason) == (1009, "a message may have at most 1000 bytes")
    socket.close()


def test_fragments_that_grow_too_long_close_with_1009(narrow):
    socket = joined(narrow)
    socket.wire.send(frame(TEXT, b'42["' + b"x" * 600, final=False) + frame(MORE, b"x" * 600, final=False))
    assert until_ended(socket) == ([], 1009)
