"""`Tests/run` leaves nothing behind, and reports the results of the test runners."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bitacora import PATIENCE, ROOT, eventually

RUNNER = ROOT / "Tests/Runner"
sys.path.insert(0, str(RUNNER))
from report import closing_line, slowest  # noqa: E402
from workspace import INTERRUPTS, Workspace, memory, processes  # noqa: E402

# A run that has started a process and created a file, and waits.
RUN = f"""
import os, sys
sys.path.insert(0, {str(RUNNER)!r})
from parts import Part
from workspace import Workspace
with Workspace() as workspace:
    (workspace.temporary / "file").write_text("left")
    print(workspace.folder, flush=True)
    part = Part("part", ["sh", "-c", "setsid sleep 600 & sleep 600"], 600)
    part.run({{**os.environ, **workspace.mark}})
"""


@pytest.fixture
def run():
    process = subprocess.Popen([sys.executable, "-B", "-c", RUN], stdout=subprocess.PIPE, text=True)
    folder = Path(process.stdout.readline().strip())
    eventually(lambda: len(processes(folder)) >= 3, "the part has started its processes")
    yield process, folder
    process.kill()
    process.wait()
    process.stdout.close()


def is_gone(folder):
    return not folder.exists() and not memory(folder).exists() and not processes(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_leaves_no_process_and_no_file(run, number):
    process, folder = run
    process.send_signal(number)
    assert process.wait(PATIENCE) == 128 + number
    assert is_gone(folder)


def test_the_next_run_removes_files_of_a_killed_run(run):
    process, folder = run
    process.kill()
    process.wait()
    assert folder.exists() and processes(folder)
    with Workspace() as next_run:
        assert is_gone(folder)
        assert next_run.leftovers(0) == []
    assert is_gone(next_run.folder)


def test_a_run_restores_the_signal_handlers():
    before = [signal.getsignal(number) for number in INTERRUPTS]
    with Workspace():
        assert [signal.getsignal(number) for number in INTERRUPTS] != before
    assert [signal.getsignal(number) for number in INTERRUPTS] == before


def test_a_run_does_not_affect_a_concurrent_run(run):
    _, folder = run
    with Workspace():
        assert folder.exists() and processes(folder)


def test_a_process_and_a_file_that_tests_leave_are_reported():
    with Workspace() as workspace:
        process = subprocess.Popen(["sleep", "600"], env={**os.environ, **workspace.mark})
        (workspace.temporary / "file").touch()
        assert workspace.leftovers(0) == [f"process {process.pid}: sleep 600 ", f"file {workspace.temporary / 'file'}"]
    assert process.wait(PATIENCE) == -signal.SIGKILL


@pytest.mark.parametrize("output, line", [
    ('◇ Test run started.\n✔ Test "a" passed after 0.1 seconds.\n✔ Test run with 7 tests in 2 suites passed after 1.5 seconds.', "✔ Test run with 7 tests in 2 suites passed after 1.5 seconds."),
    ("...\n======= 3 passed, 2 deselected in 4.20s =======\n", "3 passed, 2 deselected in 4.20s"),
    ("======= 1 failed, 3 passed in 4.20s =======", "1 failed, 3 passed in 4.20s"), ("====== 9 deselected in 0.50s ======", "9 deselected in 0.50s"),
    ("a crash", "no result"), ("", "no result"),
])
def test_the_closing_line_is_the_runners(output, line):
    assert closing_line(output) == line


def test_the_slowest_tests_are_of_both_runners():
    swift = '✔ Test "case of one" passed after 2.500 seconds.\n✔ Test "many" with 3 test cases passed after 9.000 seconds.\n✔ Test run with 2 tests in 1 suite passed after 12.0 seconds.'
    pytest_says = "11.20s call     test_kill.py::test_kills[a b]\n0.75s setup    test_kill.py::test_kills[a b]"
    assert slowest([swift, pytest_says], 3) == ["  11.2 s  test_kill.py::test_kills[a b]", "   9.0 s  many", "   2.5 s  case of one"]


@pytest.mark.parametrize("words, said", [
    (["foo"], "unknown argument foo; arguments for pytest stand after --"),
    (["-k", "power_cut"], "unknown argument -k; arguments for pytest stand after --"),
    (["--swift", "--", "-k", "power_cut"], "--swift runs no end-to-end tests"),
    (["--fast", "--campaigns"], "not allowed with argument"),
    (["--swift", "--end-to-end"], "not allowed with argument"),
])
def test_invalid_arguments_are_rejected(words, said):
    result = subprocess.run([sys.executable, "-B", RUNNER, *words], capture_output=True, text=True, timeout=PATIENCE)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
