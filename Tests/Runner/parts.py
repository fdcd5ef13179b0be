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
    limit: float
    is_quiet: bool = False
    # pytest says with 5 that no test was selected.
    passing: tuple = (0,)
    status: int = None
    seconds: float = 0
    lines: list = field(default_factory=list)

    @property
    def output(self):
        return "\n".join(self.lines)

    @property
    def passed(self):
        return self.status in self.passing

    def run(self, environment):
        begin = time.monotonic()
        process = subprocess.Popen(
            self.command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", start_new_session=True)
        timer = threading.Timer(self.limit, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        for line in process.stdout:
            line = COLOUR.sub("", line)
            self.lines.append(line.rstrip("\n"))
            if not self.is_quiet or _tells(line):
                sys.stdout.write(line)
                sys.stdout.flush()
        self.status = process.wait()
        timer.cancel()
        self.seconds = time.monotonic() - begin
        if self.seconds >= self.limit:
            print(f"{self.name}: not done within {self.limit:.0f} s, killed")
        if self.is_quiet and not self.passed:
            print(f"{self.name}: its last lines", *self.lines[-20:], sep="\n  ")


def _tells(line):
    """Whether a line of the Swift tests is worth reading while they run: what failed, and the closing line."""
    return line.startswith(("✘", "↳", "error", "***", "Fatal")) or "recorded an issue" in line or "Test run with" in line


def run_together(parts, environment):
    threads = [threading.Thread(target=part.run, args=(environment,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
