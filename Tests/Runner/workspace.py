"""Where a run keeps its files, and how it leaves nothing behind."""

import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

MARK = "BITACORA_TEST_RUN"
PREFIX = "bitacora-tests-"
# A file system in memory: the tests of power cuts write thousands of images of a log.
MEMORY = Path("/dev/shm")
INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Workspace:
    """A folder that holds every temporary file of a run, and a mark in the environment of each of its processes.

    At the end of the run its processes are killed and its files removed, also when the run is interrupted: meanwhile
    a signal of `INTERRUPTS` exits, unless it is ignored. What a killed run could not remove, the next run removes.
    """

    def __init__(self):
        self.handlers = {number: signal.getsignal(number) for number in INTERRUPTS}
        for number, handler in self.handlers.items():
            if handler != signal.SIG_IGN:
                signal.signal(number, lambda number, _: sys.exit(128 + number))
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            if not _is_running(owner(folder)):
                _remove(folder)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.memory = memory(self.folder)
        self.memory.mkdir(exist_ok=True)

    @property
    def mark(self):
        return {MARK: str(self.folder)}

    @property
    def folders(self):
        return {"TMPDIR": str(self.temporary), "BITACORA_TEST_MEMORY": str(self.memory)}

    def leftovers(self, patience_seconds=60):
        """What the tests have left: processes that still run after a moment, and files in the temporary folders."""
        deadline = time.monotonic() + patience_seconds
        while (running := processes(self.folder)) and time.monotonic() < deadline:
            time.sleep(0.05)  # a browser's helpers end by themselves; nothing announces that
        found = [f"process {process}: {command(process)}" for process in running]
        return found + [f"file {path}" for folder in (self.temporary, self.memory) for path in folder.iterdir()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for number in INTERRUPTS:
            signal.signal(number, signal.SIG_IGN)
        _remove(self.folder)
        for number, handler in self.handlers.items():
            signal.signal(number, handler)


def memory(folder):
    return MEMORY / folder.name if MEMORY.is_dir() else folder / "memory"


def owner(folder):
    """The process whose run a folder belongs to; its name says so."""
    number = folder.name.removeprefix(PREFIX).split("-")[0]
    return int(number) if number.isdecimal() else 0


def processes(folder):
    """The processes that have a run's mark in their environment."""
    line = f"{MARK}={folder}".encode()
    return [process for process in map(int, filter(str.isdecimal, os.listdir("/proc"))) if line in _of_process(process, "environ").split(b"\0")]


def command(process):
    return _of_process(process, "cmdline").replace(b"\0", b" ").decode(errors="replace")


def _of_process(process, name):
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except OSError:
        return b""  # it has ended, or is another user's


def _is_running(process):
    return "Tests/Runner" in command(process)


def _remove(folder):
    deadline = time.monotonic() + 60
    while (running := processes(folder)) and time.monotonic() < deadline:
        for process in running:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.01)  # until the kernel has ended them; nothing announces that of a process that is no child
    for path in (folder, memory(folder)):
        shutil.rmtree(path, ignore_errors=True)
