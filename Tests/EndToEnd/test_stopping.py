"""SIGTERM and SIGINT: everything is closed properly, and the exit status is 0."""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosed

from bitacora import verified_head
from raw import Wire
from readers import Socket, until_replayed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_sockets_are_closed_with_1001_and_the_status_is_0(server, number):
    sockets = [Socket(server) for _ in range(20)]
    for socket in sockets:
        until_replayed(socket)
    server.process.send_signal(number)
    for socket in sockets:
        with pytest.raises(ConnectionClosed) as closed:
            next(socket)
        assert closed.value.rcvd.code == 1001
    assert server.wait_for_end() == 0


def test_a_client_that_does_not_answer_the_close_does_not_delay_the_server(server):
    with Wire(server) as wire:
        wire.upgrade()
        wire.read_frame()
        server.process.terminate()
        assert wire.close_code() == 1001
        assert server.wait_for_end() == 0


@pytest.mark.long
def test_a_client_that_reads_nothing_does_not_delay_the_server(server):
    server.append(*({"type": "big", "data": "x" * 500_000} for _ in range(20)))
    with Wire(server, receive_buffer=4096) as wire:
        wire.upgrade()
        assert server.stop() == 0


def test_idle_and_half_open_connections_do_not_delay_the_server(server):
    idle, half = Wire(server), Wire(server)
    half.send(b"GET / HTTP/1.1\r\nHost: ")
    with idle, half:
        assert server.stop() == 0


def test_acknowledged_events_are_in_the_log_after_the_stop(server):
    acknowledged = []

    def produce(name):
        number = 0
        while True:
            try:
                answer = server.http.post("/api/events", json={"topic": "t", "type": "x", "data": [name, number]})
            except Exception:
                return
            if answer.status_code != 201:
                return
            acknowledged.append(answer.json()["offset"])
            number += 1

    with ThreadPoolExecutor(4) as pool:
        for name in range(4):
            pool.submit(produce, name)
        with Socket(server) as socket:
            while next(socket).get("offset", 0) < 50:
                pass
        server.process.terminate()
    assert server.wait_for_end() == 0
    assert len(set(acknowledged)) == len(acknowledged)
    head = verified_head(server.data)
    assert max(acknowledged) <= head
    server.start()
    assert len(server.events()["events"]) == head


def test_a_start_folds_only_what_the_snapshot_lacks(make_server):
    server = make_server("--snapshot-every", "100")
    server.append_numbers(1000)
    server.restart()
    opened = [line for line in server.stderr.splitlines() if line.endswith("application started")][-1]
    assert "folded=0" in opened and "snapshot=1000" in opened


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_is_explained_and_ends_by_its_signal(server, number):
    server.environment = {"SWIFT_BACKTRACE": "enable=no"}
    server.restart()
    server.process.send_signal(number)
    assert server.wait_for_end() == -number
    assert server.stderr.splitlines()[-1].startswith("bitacora: this process crashed, most likely on a damaged log")
