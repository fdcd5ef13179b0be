"""The server disconnects slow, broken and greedy clients, and keeps serving the others."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from raw import Wire, frame


@pytest.fixture(autouse=True)
def server_still_answers(server):
    yield
    assert server.process.poll() is None, server.stderr
    assert server.http.get("/healthz").status_code == 200
    assert server.append({"type": "x"})
    assert server.stop() == 0


@pytest.mark.parametrize("data, status", [
    (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 1000) for n in range(20)) + b"\r\n", 431),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n", 431),
    (b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    (b"GET /" + b"x" * 1_000_000, 414),
    (b"nonsense\r\n\r\n", 400), (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 200, 400),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    (b"POST /api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
])
def test_malformed_requests_are_rejected_and_closed(shared_server, data, status):
    with Wire(shared_server) as wire:
        try:
            wire.send(data)
        except ConnectionError:
            pass  # rejected before everything was sent
        assert wire.response()[0] == status
        assert wire.is_closed()


def test_ten_thousand_bytes_of_headers_are_accepted(server):
    with Wire(server) as wire:
        wire.request("GET", "/healthz", [("X-Long", "x" * 10_000)])
        assert wire.response()[0] == 200


@pytest.mark.long
def test_slow_headers_and_bodies_time_out(server):
    def drip(start, drop, limit):
        with Wire(server) as wire:
            started = time.monotonic()
            wire.send(start)
            wire.socket.settimeout(1)
            while time.monotonic() - started < limit:
                try:
                    if not wire.fill():
                        break
                except TimeoutError:
                    try:
                        wire.send(drop)
                    except ConnectionError:
                        break
            return wire.buffer[:12], time.monotonic() - started

    with ThreadPoolExecutor(2) as pool:
        headers = pool.submit(drip, b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X: y\r\n", 50)
        body = pool.submit(drip, b"POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n", b"x", 90)
        answer, seconds = headers.result()
        assert (answer, 5 < seconds < 20) == (b"HTTP/1.1 408", True), seconds
        answer, seconds = body.result()
        assert (answer, 20 < seconds < 45) == (b"HTTP/1.1 408", True), seconds


def test_partial_requests_and_early_disconnects_leave_nothing_behind(server, seed):
    request = b"POST /api/products HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\n" + b"{" * 40
    for _ in range(200):
        with Wire(server) as wire:
            wire.send(request[:seed.randrange(1, len(request))])
    assert server.head == 0


def test_sockets_that_break_off_leave_nothing_behind(server, seed):
    server.append_numbers(2000)
    data = frame(1, b'{"command":"message.post","data":{"text":"t"}}')
    for _ in range(100):
        with Wire(server, receive_buffer=4096) as wire:
            wire.upgrade()
            wire.send(data[:seed.randrange(1, len(data) - 1)])
    assert server.head == 2000


def test_random_bytes_do_no_harm(server, seed):
    for _ in range(100):
        with Wire(server) as wire:
            if seed.random() < 0.5:
                wire.upgrade("/api/events?after=live")
            try:
                wire.send(seed.randbytes(seed.randrange(1, 5000)))
            except ConnectionError:
                pass


def test_many_idle_connections_do_not_block_other_clients(server):
    idle = [Wire(server) for _ in range(800)]
    started = time.monotonic()
    assert server.http.get("/").status_code == 200
    # Before an idle connection is closed.
    assert time.monotonic() - started < 5
    for wire in idle:
        wire.socket.close()


def test_pipelined_requests_are_answered_in_order(server):
    with Wire(server) as wire:
        for number in range(50):
            wire.request("POST", "/api/messages", body=b'{"text":"%d"}' % number)
        offsets = [wire.response()[2] for _ in range(50)]
    assert offsets == [b'{"offset":%d}' % offset for offset in range(1, 51)]


@pytest.mark.long
def test_a_client_that_never_reads_its_answers_is_closed(server):
    with Wire(server, receive_buffer=4096) as wire:
        wire.upgrade("/api/events?topics=none")
        command = frame(1, b'{"command":"nothing","ref":"%s"}' % (b"x" * 100))
        try:
            for _ in range(1000):
                wire.send(command * 1000)
        except (ConnectionError, TimeoutError):
            pass  # the server may continue reading for a moment, so that its close arrives
        # Of 130 MB of responses, at most what the buffers of the system hold.
        received = 0
        while wire.fill():
            received += len(wire.buffer)
            wire.buffer = b""
        assert received < 16 << 20
