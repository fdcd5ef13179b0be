"""The parts of a run: commands whose output is shown, kept and timed."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

# Swift's tests are coloured in a pipe too.
COLOUR = re.compile(r"\x1b\[[\d;]*m")


@dataclass
class Part:
    """A command; with `is_quiet` only its failures and its closing line are shown, and its last lines when it fails."""

    name: str
    command: list
    limit_seconds: float
    is_quiet: bool = False
    status: int = None
    seconds: float = 0
    lines: list = field(default_factory=list)

    @property
    def output(self):
        return "\n".join(self.lines)

    @property
    def passed(self):
        return self.status == 0

    def run(self, environment):
        begin = time.monotonic()
        try:
            process = subprocess.Popen(
                self.command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, errors="replace", start_new_session=True)
        except OSError as error:
            print(f"{self.name}: {error}")
            return
        timer = threading.Timer(self.limit_seconds, _kill, (process,))
        timer.daemon = True  # an interrupted run does not wait for it
        timer.start()
        try:
            for line in process.stdout:
                self._take(COLOUR.sub("", line))
            self.status = process.wait()
        finally:
            timer.cancel()
            self.seconds = time.monotonic() - begin
        if self.seconds >= self.limit_seconds:
            print(f"{self.name}: not done within {self.limit_seconds} s, killed")
        if self.is_quiet and not self.passed:
            print(f"{self.name}: its last lines", *self.lines[-20:], sep="\n  ")

    def _take(self, line):
        self.lines.append(line.rstrip("\n"))
        if not self.is_quiet or _is_reported(line):
            sys.stdout.write(line)
            sys.stdout.flush()


def _kill(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _is_reported(line):
    """Whether a line of the Swift tests is shown at once: what failed, and the closing line."""
    return line.startswith(("✘", "↳", "error", "***", "Fatal")) or "recorded an issue" in line or "Test run with" in line


def started(part, environment):
    """The thread of a part that runs beside others; `join` waits for its end."""
    thread = threading.Thread(target=part.run, args=(environment,), daemon=True)
    thread.start()
    return thread


def run_together(parts, environment):
    for thread in [started(part, environment) for part in parts]:
        thread.join()
