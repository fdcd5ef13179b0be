"""Where a run keeps its files, and how it leaves nothing behind."""

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

MARK = "BITACORA_TEST_RUN"
PREFIX = "bitacora-tests-"
# Files that stand for memory: a test of power cuts writes thousands of images of a log.
MEMORY = Path("/dev/shm")


class Workspace:
    """A folder that holds every temporary file of a run, and a mark in the environment of each of its processes.

    At its end the processes are killed and the files removed, however the run ends. What a killed run could not
    remove is removed by the next one.
    """

    def __init__(self):
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            if not _is_alive(owner(folder)):
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

    def leftovers(self):
        """What the tests have left: processes that still run and files in the temporary folders."""
        commands = [Path(f"/proc/{process}/cmdline") for process in processes(self.folder)]
        found = [f"process {path.parent.name}: {path.read_text().replace(chr(0), ' ')}" for path in commands if path.exists()]
        for folder in (self.temporary, self.memory):
            found += [f"file {path}" for path in folder.iterdir()]
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        _remove(self.folder)


def memory(folder):
    return MEMORY / folder.name if MEMORY.is_dir() else folder / "memory"


def owner(folder):
    """The process whose run a folder belongs to; its name says so."""
    number = folder.name.removeprefix(PREFIX).split("-")[0]
    return int(number) if number.isdecimal() else 0


def processes(folder):
    """The processes that have a run's mark in their environment."""
    line = f"{MARK}={folder}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if line in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:
            continue  # it has ended, or is another user's
    return found


def _remove(folder):
    deadline = time.monotonic() + 10
    while (running := processes(folder)) and time.monotonic() < deadline:
        for process in running:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.01)  # until the kernel has ended them; nothing announces that of a process that is no child
    for path in (folder, memory(folder)):
        shutil.rmtree(path, ignore_errors=True)


def _is_alive(process):
    return Path(f"/proc/{process}/cmdline").exists() and b"Runner" in Path(f"/proc/{process}/cmdline").read_bytes()
