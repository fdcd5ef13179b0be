"""The programs that measure the figures of collections print each figure. Sizes are small: the values mean nothing."""

import json
import os
import subprocess
import sys

import pytest

from bitacora import EXECUTABLE, PATIENCE, ROOT

BENCHMARK = EXECUTABLE.with_name("collection-bench")
VARIANTS = ["no index, no group", "one index", "one group", "one index and one group"]
FIGURES = [
    "append without application, groups of 1000", "check, undeclared topic", "check, topic without schema", "check, small schema",
    "read the events, fold none", "memory of a row in a dictionary",
    *(figure for variant in VARIANTS for figure in (f"fold, {variant}", f"memory of a row, {variant}")),
    "encode the snapshot", "size of the snapshot", "decode the snapshot", "fold through a projector", "store the snapshot",
    "restart until a query is answered", "restart, processor time",
]


def output(*command):
    environment = {**os.environ, "BITACORA": str(EXECUTABLE)}
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=PATIENCE, env=environment)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_benchmark_of_collections_prints_each_figure(tmp_path):
    figures = [json.loads(line) for line in output(BENCHMARK, "--rows", 1000, "--json", "--in", tmp_path).splitlines()]
    assert [figure["figure"] for figure in figures] == FIGURES
    assert all(figure["value"] > 0 for figure in figures if "memory" not in figure["figure"])
    assert not list(tmp_path.iterdir()), "a temporary log is left"


def test_the_benchmark_of_collections_rejects_other_numbers_of_rows():
    result = subprocess.run([BENCHMARK, "--rows", "999"], capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == 64
    assert "--rows must be 1000 … 10000000, not 999" in result.stderr


@pytest.mark.parametrize("transport", [[], ["--streams"]], ids=["WebSockets", "event streams"])
def test_changes_are_encoded_once_for_each_query(transport):
    sizes = ["--readers", 6, "--filters", 3, "--changes", 40, "--stalls", 2, "--seconds", 0.2, *transport]
    lines = output(sys.executable, "-B", ROOT / "Tests/Load/collection_changes.py", *sizes).splitlines()
    assert [line.partition(":")[0] for line in lines[1:7]] == ["events"] * 3 + ["rows"] * 3
    assert "3.00 encodings a change" in lines[5]
    assert "readers that take nothing" in lines[-1]


def test_the_restart_with_a_collection_is_measured():
    lines = output(sys.executable, "-B", ROOT / "Tests/Load/collection_restart.py", "--rows", 500).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["500 rows, until a query is answered", "memory of a row"]
