"""Builds once, then runs the Swift tests and the end-to-end tests with that build; `Tests/run --help` says how."""

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import report
from commands import link_commands
from parts import Part, run_together
from workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
END_TO_END = ROOT / "Tests/EndToEnd"
REQUIREMENTS = END_TO_END / "requirements.txt"
# What only computes needs no sockets and no clock: its tests run at once. The others run one after the other, in a
# second process.
COMPUTING = "^(Base64|JSON|Handlebars|Marketplace|Inspection)Tests"
# Most end-to-end tests wait for processes part of the time.
WORKERS = 3 * os.cpu_count()
CAMPAIGN = {"BITACORA_CAMPAIGN": "yes", "HANDLEBARS_FUZZ_CASES": "200000", "BITACORA_SOAK_SECONDS": "180", "BITACORA_SOAK_SOCKETS": "2000"}


@dataclass
class Build:
    folder: Path
    products: str
    flags: tuple = ()

    @property
    def arguments(self):
        return ["--scratch-path", str(self.folder), *self.flags]


# The same as that of `swift build` and `swift test`. To optimise takes longer than the tests then take less.
DEBUG = Build(ROOT / ".build", "debug")
# With access to internal declarations and with assertions: other flags than those of README's release build need a
# folder of their own, or each would rebuild what the other has built.
OPTIMISED = Build(ROOT / ".build-optimised", "release", (
    "--configuration", "release", "-Xswiftc", "-enable-testing", "-Xswiftc", "-assert-config", "-Xswiftc", "Debug"))


def arguments():
    parser = argparse.ArgumentParser(
        prog="Tests/run", description="Installs what the tests need (Debian), builds once, and runs the tests.",
        epilog="BITACORA_SEED=N repeats a random test with the seed that it has printed.")
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--fast", action="store_true", help="without the long end-to-end tests: before each commit")
    scope.add_argument("--campaigns", action="store_true", help="with power cuts, kills, soak and fuzzing in full; otherwise a share of them runs")
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--swift", action="store_true", help="the Swift tests only")
    parts.add_argument("--end-to-end", action="store_true", help="the end-to-end tests only")
    parser.add_argument("--optimised", action="store_true", help="with an optimised build, as users have it, in .build-optimised")
    parser.add_argument("pytest", nargs="*", metavar="-- ARGUMENT", help="passed to pytest, such as -k power_cut")
    return parser.parse_args()


def make_python(folder, environment):
    """Python with what the end-to-end tests import; made again when the requirements change."""
    made = folder / "requirements.txt"
    if made.exists() and made.read_bytes() == REQUIREMENTS.read_bytes():
        return
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["python3", "-m", "venv", folder], env=environment, check=True)
    pip = [folder / "bin/pip", "--quiet", "--disable-pip-version-check", "install", "--requirement", REQUIREMENTS]
    subprocess.run(pip, env=environment, check=True)
    shutil.copy(REQUIREMENTS, made)


class Run:
    """A run of the parts that the options choose, each with the same environment."""

    def __init__(self, options, workspace):
        self.options, self.workspace = options, workspace
        self.build = OPTIMISED if options.optimised else DEBUG
        self.python = DEBUG.folder / "venv"
        self.products = self.build.folder / self.build.products
        commands = workspace.folder / "commands"
        commands.mkdir()
        # The build keeps the folder for temporary files: SwiftPM's locks are there, which another `swift build` must see.
        self.building = {
            **os.environ, **workspace.mark, "PATH": link_commands(commands, tuple(os.environ["BITACORA_TEST_PACKAGES"].split()))}
        self.testing = {
            **self.building, **workspace.folders, **(CAMPAIGN if options.campaigns else {}), "PYTHONDONTWRITEBYTECODE": "1",
            "BITACORA": str(self.products / "bitacora"), "BITACORA_TEST_CACHE": str(DEBUG.folder)}

    def parts(self):
        """Runs everything; the parts, with their results."""
        parts = [self._build()]
        if not parts[0].passed:
            return parts
        together = [] if self.options.end_to_end else self._swift()
        if not self.options.swift:
            quick = " and not long" if self.options.fast else ""
            together.append(self._pytest("end to end, together", "not alone" + quick, "--numprocesses", str(WORKERS), "--dist", "loadfile", "--no-loadscope-reorder"))
        run_together(together, self.testing)
        parts += together
        if not self.options.swift and not self.options.fast:
            parts.append(self._pytest("end to end, alone", "alone"))
            parts[-1].run(self.testing)
        return parts

    def _build(self):
        """Builds; Python's packages are installed meanwhile."""
        part = Part("build", ["swift", "build", "--build-tests", *self.build.arguments], limit=3600)
        installing = threading.Thread(target=make_python, args=(self.python, self.building))
        installing.start()
        part.run(self.building)
        installing.join()
        return part

    def _swift(self):
        # What `swift test` runs; without it, since it leaves files.
        command = [self.products / "bitacoraPackageTests.xctest", "--testing-library", "swift-testing"]
        limit = 14400 if self.options.campaigns else 1500
        return [
            Part("Swift, computing", [*command, "--filter", COMPUTING], limit, is_quiet=True),
            Part("Swift, the rest", [*command, "--no-parallel", "--skip", COMPUTING], limit, is_quiet=True)]

    def _pytest(self, name, selected, *more):
        command = [
            self.python / "bin/pytest", "--rootdir", END_TO_END, END_TO_END, "--basetemp", self.workspace.folder / name.replace(" ", "-"),
            "-m", selected, "--durations", "20", "--durations-min", "1", *more, *self.options.pytest]
        return Part(name, command, limit=14400 if self.options.campaigns else 3000, passing=(0, 5) if self.options.pytest else (0,))


def main():
    options = arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    DEBUG.folder.mkdir(exist_ok=True)
    begin = time.monotonic()
    with Workspace() as workspace, open(DEBUG.folder / "tests.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another run in this checkout has not ended; waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        parts = Run(options, workspace).parts()
        left = workspace.leftovers()
    print("\nSlowest tests:", *report.slowest(part.output for part in parts), sep="\n  ")
    if left:
        print("\nThe tests left behind:", *left, sep="\n  ")
    print()
    for part in parts:
        result = report.closing_line(part.output) if part.name != "build" else "passed" if part.passed else "failed"
        print(f"{part.name:<22}{report.minutes(part.seconds)}  {result}")
    print(f"{'in all':<22}{report.minutes(time.monotonic() - begin)}")
    return 0 if all(part.passed for part in parts) and not left else 1


sys.exit(main())
