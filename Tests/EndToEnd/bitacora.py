"""The executable under test, as a process with its own directory."""

import asyncio
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
EXECUTABLE = Path(os.environ.get("BITACORA", ROOT / ".build/debug/bitacora"))
# Templates and assets: those of the server in `server`, those of the application in `marketplace`.
VIEWS = ROOT / "Views"
SEED = ROOT / "Data/seed"
# Generous: a debug build on a machine that is busy with other tests. Nothing waits this long when all is well.
PATIENCE = 120
# `Tests/run --campaigns`: long campaigns, which find rare failures. Without it a fixed part of each runs.
CAMPAIGN = "BITACORA_CAMPAIGN" in os.environ


def reserved_port():
    """A free port, and a socket that reserves it for all starts of a server: connections and other servers take free ports.

    The server can listen all the same, since both set SO_REUSEADDR and this one does not listen. It could not be bound
    while the server listens, nor safely after the server's end: by then a connection may have the port.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder.getsockname()[1], holder


def view_file(name):
    """The path of a template or asset; a file of the application replaces the server's file of the same name."""
    application = VIEWS / "marketplace" / name
    return application if application.exists() else VIEWS / "server" / name


def view_names():
    """The names of all templates and assets, such as `home.handlebars` and `assets/live.js`."""
    return {str(file.relative_to(part)) for part in (VIEWS / "server", VIEWS / "marketplace") for file in part.glob("**/*.*")}


def copied_views(directory):
    """A directory with all templates and assets, for `--views`: its files are used in place of the embedded ones."""
    for part in ("server", "marketplace"):
        shutil.copytree(VIEWS / part, directory, dirs_exist_ok=True)
    return directory


class NotServing(Exception):
    """The server ended instead of serving; `status` and `stderr` say why."""

    def __init__(self, status, stderr):
        super().__init__(f"exit status {status}: {stderr}")
        self.status = status
        self.stderr = stderr


class Server:
    """`bitacora serve` on `directory/log`, with its own HTTP client."""

    def __init__(self, directory, *options):
        self.directory = Path(directory)
        self.data = self.directory / "log"
        self.options = options
        self.executable = EXECUTABLE
        # None for the templates in the executable.
        self.views = None
        self.environment = {}
        self.port, self.port_holder = reserved_port()
        self.process = None
        self.http = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    @property
    def socket_url(self):
        return f"ws://127.0.0.1:{self.port}/api/events"

    @property
    def stderr(self):
        # The server may be writing: its last character need not be whole.
        return (self.directory / "stderr").read_text(errors="replace")

    def start(self):
        """Starts, on the same port each time, and waits for the line that says it serves."""
        with open(self.directory / "stderr", "ab") as stderr:
            self.process = subprocess.Popen(
                [self.executable, "serve", "--port", str(self.port), "--data", self.data, *(["--views", self.views] if self.views else []), *self.options],
                stdout=subprocess.PIPE, stderr=stderr, cwd=self.directory, env={**os.environ, **self.environment})
        line = self._first_line()
        if not line.startswith("listening on http://"):
            self.process.kill()
            raise NotServing(self.process.wait(), self.stderr)
        assert line.endswith(f":{self.port}"), line
        # Compressed answers have other lengths and tags; test_compression.py tests them.
        self.http = httpx.Client(base_url=self.url, timeout=PATIENCE, headers={"Accept-Encoding": "identity"})
        return self

    def _first_line(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            return self.process.stdout.readline().decode().strip() if selector.select(PATIENCE) else ""

    def stop(self):
        """SIGTERM; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait_for_end()

    def kill9(self):
        """SIGKILL: nothing is flushed or reported."""
        self.process.kill()
        return self.wait_for_end()

    def restart(self):
        status = self.stop()
        assert status == 0, f"exit status {status}: {self.stderr}"
        return self.start()

    def end(self):
        """Ends the server in any state, and gives its port back; for fixtures."""
        if self.process and self.process.poll() is None:
            self.kill9()
        self.port_holder.close()

    def wait_for_end(self):
        """Waits for the end of a server that got a signal; returns the exit status."""
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.http.close()
        return status

    # Common requests of tests

    def append(self, *events):
        """Appends through the API; an event is a mapping with at least `type`."""
        bodies = [{"topic": "tests", "data": None, **event} for event in events]
        answer = self.http.post("/api/events", json=bodies)
        assert answer.status_code == 201, answer.text
        return answer.json()["offsets"]

    def restore(self, *events):
        """Stops the server, imports events and starts it again: for events of types that only commands append."""
        assert self.stop() == 0, self.stderr
        lines = (json.dumps({"topic": "tests", "source": "http", "data": None, **event}) + "\n" for event in events)
        result = self.tool("import", "--no-ids", "-", input="".join(lines))
        assert result.returncode == 0, result.stderr
        return self.start()

    def append_numbers(self, count):
        """Appends `count` small events in arrays of a thousand."""
        for start in range(0, count, 1000):
            self.append(*({"type": "number", "data": number} for number in range(start, min(start + 1000, count))))

    def events(self, **query):
        answer = self.http.get("/api/events", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def log_id(self):
        return self.http.get("/readyz").json()["log"]

    @property
    def head(self):
        return self.events(after="live")["head"]

    def position(self, offset):
        return f"{self.log_id}:{offset}"

    def tool(self, *arguments, **options):
        """Runs `bitacora log …` on the same directory."""
        return tool("log", *arguments, "--data", self.data, **options)


def tool(*arguments, **options):
    return subprocess.run(
        [EXECUTABLE, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE, **options)


def verified_head(data):
    """Runs `bitacora log verify`; the head of a sound log."""
    result = tool("log", "verify", "--json", "--data", data)
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads(result.stdout)
    assert report["sound"], report
    return report["head"]


async def eventually_async(condition, what, patience=PATIENCE):
    """`eventually`, in a coroutine."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"not within {patience} s: {what}"
        await asyncio.sleep(0.01)


def eventually(condition, what, patience=PATIENCE):
    """Waits for a condition by polling."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {patience} s: {what}"
        time.sleep(0.01)
    return value
