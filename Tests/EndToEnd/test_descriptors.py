"""A server that may open fewer files than connections: further connections wait, and the server does not spin."""

import resource
import socket
import subprocess

import pytest

from bitacora import EXECUTABLE, PATIENCE

FILES = 400
CONNECTIONS = FILES - 128
ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def process(tmp_path):
    process = subprocess.Popen(
        [EXECUTABLE, "serve", "--port", "0", "--data", tmp_path / "log", "--max-connections", "1000"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES)))
    process.port = int(process.stdout.readline().rsplit(":", 1)[1])
    yield process
    process.kill()
    process.communicate()


def connect(process):
    client = socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE)
    client.sendall(ASK)
    return client


def is_answered(client):
    return client.recv(12, socket.MSG_WAITALL) == b"HTTP/1.1 200"


def ticks(process):
    """Processor time of the server, in hundredths of a second (proc(5), fields 14 and 15)."""
    with open(f"/proc/{process.pid}/stat") as stat:
        return sum(map(int, stat.read().rpartition(")")[2].split()[11:13]))


def test_connections_are_clamped_to_the_open_files_and_the_log_says_so(process):
    clients = [connect(process) for _ in range(CONNECTIONS + 30)]
    assert all(is_answered(client) for client in clients[:CONNECTIONS])
    # A waiting connection is answered when another one ends.
    for client in clients[:30]:
        client.close()
    assert all(is_answered(client) for client in clients[CONNECTIONS:])
    for client in clients:
        client.close()
    process.terminate()
    _, errors = process.communicate()
    assert process.returncode == 0
    assert f"at most {CONNECTIONS} connections are accepted, because {FILES} files may be open; for 1000 (--max-connections) raise" in errors


@pytest.mark.alone
def test_waiting_connections_use_no_processor_time(process):
    clients = [connect(process) for _ in range(CONNECTIONS + 30)]
    assert all(is_answered(client) for client in clients[:CONNECTIONS])
    before = ticks(process)
    # This long poll, for which no event comes, takes as long as the measurement.
    clients[0].sendall(b"GET /api/events?after=live&wait=2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    received = b""
    while b'"events":[]' not in received:
        received += (part := clients[0].recv(4096))
        assert part, received
    assert ticks(process) - before < 40
    for client in clients:
        client.close()
