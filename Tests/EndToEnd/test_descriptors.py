"""A server that runs out of file descriptors: new connections wait, it does not spin, and it says so."""

import os
import resource
import socket
import subprocess

import pytest

from bitacora import EXECUTABLE, VIEWS, eventually


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port))


def limit_files(server, more):
    """Lets the server open `more` files than it has open."""
    count = len(os.listdir(f"/proc/{server.pid}/fd")) + more
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (count, count))


def ticks(server):
    """Processor time of the server, in hundredths of a second (proc(5), fields 14 and 15)."""
    with open(f"/proc/{server.pid}/stat") as stat:
        return sum(map(int, stat.read().rpartition(")")[2].split()[11:13]))


def test_who_cannot_be_accepted_waits_and_the_log_says_when_it_begins_and_ends(server):
    limit_files(server, 10)
    clients = [connect(server) for _ in range(30)]
    eventually(lambda: "new connections wait: the system cannot accept one: Too many open files" in server.stderr, "it is reported")
    for client in clients:
        client.close()
    # More than the limit at once: each is answered when its turn comes.
    for _ in range(30):
        with connect(server) as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert client.recv(12) == b"HTTP/1.1 200"
    assert "connections are accepted again" in server.stderr
    assert server.stderr.count("new connections wait") == server.stderr.count("connections are accepted again")


@pytest.mark.alone
def test_waiting_for_descriptors_takes_little_of_the_processor(server):
    limit_files(server, 10)
    clients = [connect(server) for _ in range(30)]
    eventually(lambda: "new connections wait" in server.stderr, "it is reported")
    before = ticks(server)
    # A poll of another client that has been accepted lasts as long as what is measured.
    clients[0].sendall(b"GET /api/events?after=live&wait=2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert clients[0].recv(12) == b"HTTP/1.1 200"
    assert ticks(server) - before < 40
    for client in clients:
        client.close()


def test_more_connections_than_files_are_clamped_with_a_warning(tmp_path):
    process = subprocess.Popen(
        [EXECUTABLE, "serve", "--port", "0", "--data", tmp_path / "log", "--views", VIEWS, "--max-connections", "1000"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (400, 400)))
    try:
        assert process.stdout.readline().startswith("listening on ")
    finally:
        process.terminate()
        _, errors = process.communicate()
    assert "--max-connections 1000 is more than 400 open files allow; at most 272 connections are accepted" in errors
