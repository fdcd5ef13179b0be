"""The scenario server of the library as a process, and fixtures that hold it.

Its events are listed at the top of Tests/SocketIOTestServer/main.swift.
"""

import os
import selectors
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from bitacora import EXECUTABLE, PATIENCE, reserved_port

SERVER = Path(os.environ.get("SOCKETIO_TEST_SERVER", EXECUTABLE.with_name("socketio-test-server")))


class Scenario:
    """Options by name: `ping_interval=300` is `--ping-interval 300`, True is a flag, a list is repeated."""

    def __init__(self, **options):
        self.options = [word for name, value in options.items() for word in words(name, value)]
        self.port, self.port_holder = reserved_port()
        self.process = None
        self.messages = tempfile.TemporaryFile()

    def __enter__(self):
        self.process = subprocess.Popen(
            [SERVER, "--port", str(self.port), *self.options], stdout=subprocess.PIPE, stderr=self.messages)
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            line = self.process.stdout.readline().decode().strip() if selector.select(PATIENCE) else ""
        assert line.startswith("listening on http://"), f"{line!r} {self.stderr}"
        return self

    def __exit__(self, *_):
        self.kill9()
        self.messages.close()
        self.port_holder.close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    @property
    def stderr(self):
        # Not by moving the place where the server writes.
        return os.pread(self.messages.fileno(), 1 << 20, 0).decode()

    @property
    def is_running(self):
        return self.process.poll() is None

    def stop(self):
        """SIGTERM; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self._end()

    def kill9(self):
        self.process.kill()
        return self._end()

    def _end(self):
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return status


def words(name, value):
    option = "--" + name.replace("_", "-")
    if isinstance(value, list):
        return [word for item in value for word in words(name, item)]
    return [option] if value is True else [option, str(value)]


@pytest.fixture(scope="module")
def shared_scenario():
    with Scenario() as server:
        yield server


@pytest.fixture
def scenario(shared_scenario):
    """With the options that are the default; shared by the tests of a file, and unhurt by each."""
    yield shared_scenario
    assert shared_scenario.is_running, shared_scenario.stderr


@pytest.fixture
def make_scenario():
    servers = []

    def make(**options):
        servers.append(Scenario(**options))
        return servers[-1].__enter__()

    yield make
    for server in servers:
        running = server.is_running
        server.__exit__()
        assert running or server.process.returncode == 0
