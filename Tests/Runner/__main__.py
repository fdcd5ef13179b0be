"""Builds once, then runs the Swift tests and the end-to-end tests with that build; `Tests/run --help` says how."""

import argparse
import fcntl
import os
import random
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import report
from commands import link_commands
from parts import Part, run_together, started
from workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
END_TO_END = ROOT / "Tests/EndToEnd"
REQUIREMENTS = END_TO_END / "requirements.txt"
# What only computes needs no sockets and no clock: its tests run in parallel. Those of storage, of the command line,
# and all others run one after the other, in a process for each of the three.
COMPUTING_NAME = "Swift, computing"
COMPUTING = "^(Base64|JSON|Handlebars|Commands|Marketplace|Inspection)Tests"
STORAGE = "^(LMDB|EventLog)Tests"
COMMAND_LINE = "^CommandLineTests"
# What is to end after a short real time: these tests run alone.
TIMED = "^(WebSocketTests.(ConnectionLimits|ExchangeEnd)|SocketIOTests.(Heartbeat|Bound|Upgrade|Life))Tests"
# Most end-to-end tests wait for processes part of the time.
WORKERS = min(3 * len(os.sched_getaffinity(0)), 12)
# pytest's exit status.
NO_TESTS = 5
CAMPAIGN = {"BITACORA_CAMPAIGN": "yes", "HANDLEBARS_FUZZ_CASES": "200000", "BITACORA_SOAK_SECONDS": "180", "BITACORA_SOAK_SOCKETS": "2000"}


@dataclass
class Build:
    folder: Path
    configuration: str
    flags: tuple = ()

    @property
    def arguments(self):
        return ["--scratch-path", str(self.folder), *self.flags]

    @property
    def products(self):
        return self.folder / self.configuration


# The build of `swift build` and `swift test`. An optimised build costs more time than it saves in the tests.
DEBUG = Build(ROOT / ".build", "debug")
# With access to internal declarations and with assertions: other flags than those of README's release build need a
# folder of their own, or each would rebuild what the other has built.
OPTIMISED = Build(ROOT / ".build-optimised", "release", (
    "--configuration", "release", "-Xswiftc", "-enable-testing", "-Xswiftc", "-assert-config", "-Xswiftc", "Debug"))
PYTHON = DEBUG.folder / "venv"
# The benchmarks are a package of their own, which whole runs build and test.
BENCHMARKS = Build(DEBUG.folder / "benchmarks", "debug", ("--package-path", str(ROOT / "Tests/Benchmarks")))


def arguments(words):
    """The options; what stands after `--` is for pytest."""
    parser = argparse.ArgumentParser(
        prog="Tests/run", usage="Tests/run [OPTION ...] [-- ARGUMENT ...]", description="Installs what the tests need (Debian), builds once, and runs the tests.",
        epilog="Arguments after -- are passed to pytest: Tests/run -- -k power_cut. "
        "Random tests use fixed seeds; --fast and --campaigns choose new ones. "
        "BITACORA_SEED=N repeats a random test with the seed that it has printed.")
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--fast", action="store_true", help="without the long tests, and random tests with one seed: before each commit")
    scope.add_argument("--campaigns", action="store_true", help="with power cuts, kills, soak and fuzzing in full; otherwise a share of them runs")
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--swift", action="store_true", help="the Swift tests only")
    parts.add_argument("--end-to-end", action="store_true", help="the end-to-end tests only")
    parser.add_argument("--optimised", action="store_true", help="with an optimised build with assertions, in .build-optimised")
    end = words.index("--") if "--" in words else len(words)
    options, unknown = parser.parse_known_args(words[:end])
    options.pytest = words[end + 1:]
    if unknown:
        parser.error(f"unknown argument {unknown[0]}; arguments for pytest stand after --, as in: Tests/run -- -k power_cut")
    if options.pytest and options.swift:
        parser.error("--swift runs no end-to-end tests, so that pytest gets no arguments")
    return options


class Run:
    """A run of the parts that the options choose, each with the same environment."""

    def __init__(self, options, workspace):
        self.options, self.workspace = options, workspace
        self.build = OPTIMISED if options.optimised else DEBUG
        commands = workspace.folder / "commands"
        commands.mkdir()
        # The build keeps the folder for temporary files: SwiftPM's locks are there, which another `swift build` must see.
        self.building = {
            **os.environ, **workspace.mark, "PATH": link_commands(commands, tuple(os.environ["BITACORA_TEST_PACKAGES"].split()))}
        self.testing = {
            **self.building, **workspace.folders, **self._extent, "PYTHONDONTWRITEBYTECODE": "1",
            "BITACORA": str(self.build.products / "bitacora")}
        self.limit_seconds = 14_400 if options.campaigns else 3000
        self.parts = []

    @property
    def _extent(self):
        """How much the random tests and the campaigns do."""
        if self.options.campaigns:
            return CAMPAIGN
        if self.options.fast:
            seed = os.environ.get("BITACORA_SEED") or str(random.SystemRandom().randrange(1 << 63))
            print(f"random tests run with the seed {seed} only; BITACORA_SEED={seed} repeats them", flush=True)
            return {"BITACORA_FAST": "yes", "BITACORA_SEED": seed, "HANDLEBARS_FUZZ_CASES": "500"}
        return {}

    def run(self):
        lint = self._format()
        self.parts.append(lint)
        linting = started(lint, self.building)
        for preparation in [self._python(), self._build("build", self.build), *self._benchmark_build()]:
            if preparation and not self._passes(preparation):
                break
        else:
            for together in [*self._swift_parts(), *self._pytest_parts()]:
                self.parts += together
                run_together(together, self.testing)
        linting.join()

    def _swift_parts(self):
        """Lists of parts that run together."""
        if self.options.end_to_end:
            return
        yield [
            self._swift(COMPUTING_NAME, "--filter", COMPUTING),
            self._swift("Swift, storage", "--no-parallel", "--filter", STORAGE),
            self._swift("Swift, command line", "--no-parallel", "--filter", COMMAND_LINE),
            self._swift("Swift, the rest", "--no-parallel", *(word for other in (COMPUTING, STORAGE, COMMAND_LINE, TIMED) for word in ("--skip", other)))]
        yield [self._swift("Swift, timed", "--no-parallel", "--filter", TIMED)]
        if self._has_benchmarks:
            bundle = BENCHMARKS.products / "benchmarksPackageTests.xctest"
            yield [Part("Swift, benchmarks", [bundle, "--testing-library", "swift-testing"], self.limit_seconds, is_quiet=True)]

    def _pytest_parts(self):
        if self.options.swift:
            return
        selected = "not alone and not long" if self.options.fast else "not alone"
        yield [self._pytest("end to end, together", selected, "--numprocesses", str(WORKERS), "--dist", "loadfile", "--no-loadscope-reorder")]
        if not self.options.fast:
            yield [self._pytest("end to end, alone", "alone")]

    @property
    def passed(self):
        """Whether every part passed. Where arguments for pytest select tests, one of its parts may be without any."""
        selecting = [part for part in self.parts if self.options.pytest and part.name.startswith("end to end")]
        empty = [part for part in selecting if part.status == NO_TESTS]
        return all(part.passed or part in empty for part in self.parts) and (not selecting or len(empty) < len(selecting))

    def _passes(self, part):
        self.parts.append(part)
        part.run(self.building)
        return part.passed

    def _format(self):
        """Checks the layout of the sources. It takes seconds, and runs beside the other parts."""
        command = ["swift", "format", "lint", "--strict", "--recursive", "--parallel", "--configuration", ".swift-format"]
        return Part("format", [*command, "Sources", "Tests", "Package.swift"], 600, is_quiet=True)

    def _python(self):
        """Makes a Python with what the end-to-end tests import; nothing is to be done while their requirements stay the same."""
        made = PYTHON / "requirements.txt"
        if made.exists() and made.read_bytes() == REQUIREMENTS.read_bytes():
            return None
        shutil.rmtree(PYTHON, ignore_errors=True)
        # From the system's Python: a link in this run's folder of commands would be gone in the next run.
        script = '"$0" -m venv "$1" && "$1/bin/pip" --quiet --disable-pip-version-check install --requirement "$2" && cp "$2" "$1"'
        return Part("Python packages", ["sh", "-c", script, sys.executable, PYTHON, REQUIREMENTS], 900)

    @staticmethod
    def _build(name, build):
        return Part(name, ["swift", "build", "--build-tests", *build.arguments], 3600)

    @property
    def _has_benchmarks(self):
        return not (self.options.fast or self.options.end_to_end)

    def _benchmark_build(self):
        return [self._build("build, benchmarks", BENCHMARKS)] if self._has_benchmarks else []

    def _swift(self, name, *selection):
        # What `swift test` runs; without it, since it leaves files.
        bundle = self.build.products / "bitacoraPackageTests.xctest"
        return Part(name, [bundle, "--testing-library", "swift-testing", *selection], self.limit_seconds, is_quiet=True)

    def _pytest(self, name, selected, *more):
        command = [
            PYTHON / "bin/pytest", "--rootdir", END_TO_END, END_TO_END, "--basetemp", self.workspace.folder / name.replace(" ", "-"),
            "-m", selected, "--durations", "20", "--durations-min", "1", *more, *self.options.pytest]
        return Part(name, command, self.limit_seconds)


def main():
    options = arguments(sys.argv[1:])
    DEBUG.folder.mkdir(exist_ok=True)
    begin = time.monotonic()
    with open(DEBUG.folder / "tests.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another run in this checkout has not ended; waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        with Workspace() as workspace:
            run = Run(options, workspace)
            run.run()
            left = workspace.leftovers()
    # Where all tests of a process start at once, their durations are of waiting for one another.
    timed = [part.output for part in run.parts if part.name != COMPUTING_NAME]
    print("\nSlowest tests:", *report.slowest(timed), sep="\n  ")
    if left:
        print("\nThe tests left behind:", *left, sep="\n  ")
    print()
    for part in run.parts:
        has_no_tests = part.name in ("format", "Python packages", "build", "build, benchmarks")
        result = ("passed" if part.passed else "failed") if has_no_tests else report.closing_line(part.output)
        print(f"{part.name:<22}{report.minutes(part.seconds)}  {result}")
    print(f"{'in all':<22}{report.minutes(time.monotonic() - begin)}")
    return 0 if run.passed and not left else 1


sys.exit(main())
