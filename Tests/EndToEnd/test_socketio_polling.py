"""Engine.IO over long polling: bodies, waiting, what ends a session and what does not."""

import base64
import gzip
import json
import socket as sockets

import pytest

from bitacora import eventually
from engineio_raw import SEPARATOR, Polling, ask, until_ended
from raw import Wire
from socketio_scenario import Scenario, make_scenario, scenario, shared_scenario  # noqa: F401


@pytest.fixture
def session(scenario):
    """Polling, connected to the main namespace."""
    session = joined(scenario)
    yield session
    session.close()


def joined(server, **query):
    session = Polling(server, **query)
    session.send("40")
    assert session.receive()[:7] == '40{"sid'
    assert session.receive() == '42["auth",{}]'
    return session


def assert_lives(session):
    session.send('4299["echo"]')
    while session.receive() != "4399[]":
        pass


def assert_released(poll):
    """Answered with `1` or `6`, or like every request after the end if it came too late."""
    answer = poll.answer()
    assert (answer.status, answer.body) in [(200, b"1"), (200, b"6")] or answer.json()["code"] == 1, answer


def assert_gone(session):
    """The session is closed: its requests are answered with `1` at most once, and otherwise with code 1."""
    packets, _ = until_ended(session)
    assert set(packets) <= {"1", "6"}, packets
    answer = ask(session.server, "POST", session.target, body=b"6")
    assert (answer.status, answer.json()["code"]) == (400, 1)


def test_a_poll_waits_until_there_is_something(session):
    poll = session.begin_get()
    session.send('420["echo","x"]')
    answer = poll.answer()
    assert (answer.status, answer.body) == (200, b'430["x"]')
    assert answer.headers["content-type"] == "text/plain; charset=UTF-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-length"] == str(len(answer.body))


def test_a_post_is_answered_ok_as_html(session):
    answer = session.post(b'42["nothing"]')
    assert (answer.status, answer.body) == (200, b"ok")
    assert answer.headers["content-type"] == "text/html"


def test_packets_that_wait_leave_in_one_body_and_in_order(session):
    session.send('42["flood",300,3]', '420["echo","after"]')
    answers = []
    while not answers or not answers[-1].endswith(b'430["after"]'):
        answers.append(session.get().body)
    assert not [body for body in answers if body.startswith(SEPARATOR) or body.endswith(SEPARATOR)]
    packets = SEPARATOR.join(answers).split(SEPARATOR)
    assert packets == [b'42["flood",%d,"xxx"]' % number for number in range(300)] + [b'430["after"]']
    assert len(answers) < 50


def test_several_packets_may_come_in_one_body(session):
    session.send(*(f'42{id}["echo","{id}"]' for id in range(50)))
    assert [session.receive() for _ in range(50)] == [f'43{id}["{id}"]' for id in range(50)]


@pytest.mark.parametrize("text", ["ñ é ü", "€ 漢字", "𝄞 🚢", "line\u2028separator", "\u0000\u001e escaped", '\\"', ""])
def test_text_is_utf8_and_lengths_are_bytes(session, text):
    """JSON escapes U+001E, so the character itself never occurs in JSON."""
    session.send(f'420["echo",{json.dumps(text, ensure_ascii=False)}]')
    answer = session.get()
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert json.loads(answer.body.decode()[3:]) == [text]


def test_binary_is_base64_behind_a_b(session):
    body = b'451-1["echo",{"_placeholder":true,"num":0}]\x1eb' + base64.b64encode(bytes([1, 2, 3, 4, 255]))
    assert session.post(body).body == b"ok"
    received = b""
    while received.count(SEPARATOR) < 1:
        received += (SEPARATOR if received else b"") + session.get().body
    assert received == b'461-1[{"_placeholder":true,"num":0}]\x1ebAQIDBP8='


def test_a_body_may_come_byte_by_byte(session):
    body = '421["echo","ñ"]'.encode()
    with Wire(session.server) as wire:
        wire.send(f"POST {session.target} HTTP/1.1\r\nHost: {wire.host}\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        for byte in body:
            wire.send(bytes([byte]))
        assert wire.response()[2] == b"ok"
    assert session.receive() == '431["ñ"]'


def test_a_body_may_come_in_chunks(session):
    with Wire(session.server) as wire:
        wire.send(
            f"POST {session.target} HTTP/1.1\r\nHost: {wire.host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
            + b'6\r\n421["e\r\n5\r\ncho"]\r\n0\r\n\r\n')
        assert wire.response()[2] == b"ok"
    assert session.receive() == "431[]"


def test_one_get_and_one_post_may_be_in_flight_together(session):
    for number in range(20):
        poll = session.begin_get()
        session.send(f'42{number}["echo",{number}]')
        assert poll.answer().body == b"43%d[%d]" % (number, number)


# What ends a session.

def test_a_second_poll_at_once_ends_the_session(session):
    polls = [session.begin_get(), session.begin_get(session.connection())]
    answers = sorted(((answer.status, answer.body) for answer in (poll.answer() for poll in polls)), key=lambda answer: answer[0])
    assert answers[0] == (200, b"1")
    assert answers[1][0] in (400, 500)
    assert_gone(session)


def test_a_second_post_at_once_ends_the_session(session):
    poll = session.begin_get()
    with Wire(session.server, timeout=20) as one, Wire(session.server, timeout=20) as other:
        for wire in (one, other):
            wire.send(f"POST {session.target} HTTP/1.1\r\nHost: {wire.host}\r\nContent-Length: 9\r\n\r\n42[".encode())
        assert_released(poll)
        for wire in (one, other):
            wire.send(b'"abc"]')
        assert 400 in [wire.response()[0] for wire in (one, other)]
    assert_gone(session)


def test_a_poll_that_is_cut_off_ends_the_session(session):
    session.begin_get()
    session.getting.close()
    eventually(lambda: session.post(b"6").status == 400, "the session is closed")
    assert_gone(session)


def test_a_post_that_is_cut_off_ends_the_session(session):
    poll = session.begin_get()
    with Wire(session.server) as wire:
        wire.send(f"POST {session.target} HTTP/1.1\r\nHost: {wire.host}\r\nContent-Length: 99\r\n\r\n42[".encode())
    assert_released(poll)
    assert_gone(session)


def test_a_close_packet_releases_the_poll_with_a_noop(session):
    poll = session.begin_get()
    answer = session.post(b"1")
    assert (answer.status, answer.body) == (200, b"ok")
    released = poll.answer()
    assert released.body == b"6" or released.json()["code"] == 1
    assert_gone(session)


def test_a_poll_sent_together_with_a_close_packet_is_answered_with_a_noop(make_scenario):
    """Like the official suite, each on a separate connection; the server has two event loops."""
    server = make_scenario(loops=2)
    for _ in range(100):
        session = joined(server)
        poll = session.begin_get()
        closing = session.posting.begin("POST", session.target, body=b"1")
        answer = poll.answer()
        assert (answer.status, answer.body) == (200, b"6"), answer
        assert closing.answer().body == b"ok"
        assert session.get().status == 400
        session.close()


UNDECODABLE = [
    b"", b"abc", b"x", b"7", b"9hello", b"-", b"\x1e", b"4\xff\xfe", b"4\xc3", b"4\xed\xa0\x80", b"\xff",
    b"b!!!!", b"b====", b"bAQ=A", b"2", b"2probe", b'42["a"]\x1e', b'\x1e42["a"]', b'42["a"]\x1e\x1e42["a"]',
]


@pytest.mark.parametrize("body", UNDECODABLE)
def test_undecodable_packets_end_the_session(session, body):
    poll = session.begin_get()
    assert session.post(body).status in (200, 400)
    assert_released(poll)
    assert_gone(session)


@pytest.mark.parametrize("packet", ["6", "5", "3", "3probe", "0", '0{"sid":"x"}'])
def test_unknown_packets_are_ignored(session, packet):
    session.send(packet)
    assert_lives(session)


def test_octet_stream_bodies_are_rejected(session):
    assert session.post(b'42["a"]', [("Content-Type", "application/octet-stream")]).status == 400


def test_any_other_type_of_body_is_text(session):
    for headers in [(), [("Content-Type", "text/plain")], [("Content-Type", "text/plain;charset=UTF-8")], [("Content-Type", "application/json")]]:
        assert session.post(b'420["echo"]', headers).body == b"ok"
        assert session.receive() == "430[]"


# Limits.

@pytest.fixture(scope="module")
def narrow():
    with Scenario(max_payload=1000) as server:
        yield server


def echo(size):
    """An event of exactly `size` bytes, and its acknowledgement."""
    text = "x" * (size - len('42["echo",""]') - 1)
    return f'421["echo","{text}"]', f'431["{text}"]'


def test_a_body_as_long_as_allowed_is_taken(narrow):
    session = joined(narrow)
    event, answer = echo(1000)
    assert len(event) == 1000
    session.send(event)
    assert session.receive() == answer
    session.close()


@pytest.mark.parametrize("coding, status", [("gzip", 415), ("br", 415), ("identity", 200)])
def test_an_encoded_body_is_rejected_with_the_accepted_encodings_and_the_session_continues(session, coding, status):
    answer = session.post(b'421["echo"]', [("Content-Encoding", coding)])
    assert (answer.status, answer.headers.get("accept-encoding")) == (status, "identity" if status == 415 else None)
    assert_lives(session)


def test_a_longer_body_is_rejected_with_413_and_the_session_continues(narrow):
    session = joined(narrow)
    answer = session.post(echo(1001)[0].encode())
    assert (answer.status, answer.headers["content-type"]) == (413, "application/json")
    assert answer.json() == {"code": 3, "message": "Payload too large: at most 1000 bytes"}
    session.posting.close()
    with Wire(narrow) as wire:
        wire.send(
            f"POST {session.target} HTTP/1.1\r\nHost: {wire.host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
            + b"3e9\r\n" + echo(1001)[0].encode() + b"\r\n0\r\n\r\n")
        assert wire.response()[0] == 413
    assert_lives(session)
    session.close()


def test_a_body_that_says_it_is_endless_is_refused_before_it_comes(narrow):
    session = joined(narrow)
    with Wire(narrow) as wire:
        wire.send(f"POST {session.target} HTTP/1.1\r\nHost: {wire.host}\r\nContent-Length: 99999999999\r\n\r\n".encode())
        assert wire.response()[0] == 413
    assert_lives(session)
    session.close()


def test_what_the_server_sends_may_be_longer(narrow):
    session = joined(narrow)
    session.send('42["flood",1,5000]')
    assert session.receive() == f'42["flood",0,"{"x" * 5000}"]'
    session.close()


# Compression of responses.

def answer_of(session, size, encoding):
    session.headers = [("Accept-Encoding", encoding)] if encoding else []
    text = "x" * (size - len('431[""]'))
    session.send(f'421["echo","{text}"]')
    answer = session.get()
    session.headers = []
    return answer, f'431["{text}"]'.encode()


@pytest.mark.parametrize("encoding, unpack", [
    ("gzip", gzip.decompress), ("gzip, deflate, br", gzip.decompress), ("br;q=1.0, gzip;q=0.5", gzip.decompress), ("*", gzip.decompress),
])
def test_responses_from_1024_bytes_are_compressed_for_clients_that_accept_it(session, encoding, unpack):
    for size in (1024, 100_000):
        answer, body = answer_of(session, size, encoding)
        assert answer.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in answer.headers["vary"].lower()
        assert unpack(answer.body) == body
        assert len(answer.body) < len(body) / 4


@pytest.mark.parametrize("size, encoding", [(1023, "gzip"), (300_000, "gzip"), (2000, None), (2000, "identity"), (2000, "br"), (2000, "gzip;q=0"), (2000, "gzip;q=0.0, br")])
def test_small_responses_and_those_for_other_clients_are_not_compressed(session, size, encoding):
    answer, body = answer_of(session, size, encoding)
    assert "content-encoding" not in answer.headers
    assert answer.body == body


def test_half_closed_pollers_are_disconnected(session):
    """A client that has closed its sending side, and still reads."""
    session.begin_get()
    session.getting.wire.socket.shutdown(sockets.SHUT_WR)
    session.getting.wire.is_closed()
    eventually(lambda: session.post(b"6").status == 400, "the session is closed")
