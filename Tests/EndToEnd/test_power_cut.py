"""Power cuts: whatever mixture of unsynced sectors one leaves, nothing acknowledged is lost, nothing is made up.

A server and its producers run on a recorded disk. Then, for thousands of moments of that record, the file is
built as a power cut at that moment could have left it, and opened.
"""

import collections
import hashlib
import json
import os
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bitacora import CAMPAIGN, Server, eventually, tool
from bodies import product
from disk import images, operations, recorder
from producers import Producers

# Beyond that a test is stopped.
SECONDS_AN_IMAGE = 2
IMAGES = 20_000 if CAMPAIGN else 300
WEAK_IMAGES = 3000 if CAMPAIGN else 150
EVENTS = 500
# How a run of the machine before this one is called in `writer.lock`.
EARLIER_RUN = "00000000-0000-0000-0000-000000000000"


class Run:
    """A server under load on a recorded disk, from its first write on, and what it then holds."""

    def __init__(self, directory, durability):
        self.server = Server(directory, "--durability", durability, "--snapshot-every", "60")
        self.server.environment = {"LD_PRELOAD": str(recorder(directory)), "RECORD": str(directory / "record")}
        self.server.start()
        producers = Producers(self.server, "cut")
        for number in range(8):
            self.server.http.post("/api/products", json=product(code=f"CUT-{number}"))
        self.server.append({"type": "large", "data": "x" * 20_000, "id": "large"})
        eventually(lambda: self.server.head >= EVENTS, "enough events")
        # As it is while the server runs, but of an earlier run of the machine.
        self.lock = (self.server.data / "writer.lock").read_text()
        lines = self.lock.split("\n")
        if lines[2].startswith("unsynced "):
            lines[2] = f"unsynced {EARLIER_RUN}"
        self.lock = "\n".join(lines)
        producers.stop()
        assert self.server.stop() == 0
        self.operations = list(operations(directory / "record"))
        self.digests = {}

    def digest(self, offset):
        """The digest of an event of the whole log, which stands for everything up to it."""
        if offset not in self.digests:
            shown = self.server.tool("show", offset).stdout
            self.digests[offset] = re.search(r"^digest +(\w{32})$", shown, re.MULTILINE)[1]
        return self.digests[offset]


def verified(run, data):
    """The head of an image that is sound, and the beginning of the whole log."""
    result = tool("log", "verify", "--json", "--data", data)
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads(result.stdout)
    assert report["sound"], report
    assert report["head"] == 0 or report["digest"] == run.digest(report["head"])
    return report["head"]


def check_all(run, count, seed, check):
    """Runs `check` on an open directory for each image; how often it answered what."""
    outcomes = collections.Counter()

    def checked(image):
        with tempfile.TemporaryDirectory(dir=os.environ.get("BITACORA_TEST_MEMORY")) as directory:
            (Path(directory) / "data.mdb").write_bytes(image.data)
            (Path(directory) / "writer.lock").write_text(run.lock)
            try:
                outcomes[check(image, Path(directory))] += 1
            except AssertionError as error:
                raise AssertionError(f"cut at operation {image.moment} of {len(run.operations)}: {error}") from error

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # A few at a time: an image is as large as the log.
        waiting = collections.deque()
        for image in images(run.operations, count, seed):
            waiting.append(pool.submit(checked, image))
            if len(waiting) > 16:
                waiting.popleft().result()
        for future in waiting:
            future.result()
    return outcomes


def is_made(image):
    """Whether anything of the log had reached the disk, so that there is one."""
    return image.acknowledged > 0


@pytest.mark.long
@pytest.mark.timeout(IMAGES * SECONDS_AN_IMAGE)
def test_with_every_commit_synced_nothing_acknowledged_is_lost(tmp_path, seed):
    run = Run(tmp_path, "sync")
    heads = {}

    def head_of(image, data):
        """Cuts soon after one another may leave the same bytes, about which `verify` says the same."""
        digest = hashlib.sha256(image.data).digest()
        if digest not in heads:
            heads[digest] = verified(run, data)
        return heads[digest]

    def check(image, data):
        if not is_made(image):
            return "cut before the first answer"
        head = head_of(image, data)
        assert head >= image.acknowledged, f"head {head}, acknowledged {image.acknowledged}"
        if image.moment % 20:
            return "sound"
        # And it is a log to go on with.
        result = tool("log", "append", "--topic", "t", "--type", "x", "1", "--data", data)
        assert result.stdout == f"{head + 1}\n", result.stderr
        return "sound, and written on"

    outcomes = check_all(run, IMAGES, seed, check)
    print(f"{len(run.operations)} operations, {dict(outcomes)}, {len(heads)} different images")
    assert outcomes["sound"] > IMAGES / 2 and outcomes["sound, and written on"] > 0


def crashed(result):
    """Whether the tool ended by a signal, after it printed what to do."""
    return result.returncode < 0 and "run `bitacora log verify`" in result.stderr


@pytest.mark.long
@pytest.mark.timeout(IMAGES * SECONDS_AN_IMAGE)
@pytest.mark.parametrize("durability", ["interval(20)", "none"])
def test_with_fewer_syncs_a_log_is_sound_up_to_the_last_sync_or_rejected(tmp_path, seed, durability):
    run = Run(tmp_path, durability)
    assert EARLIER_RUN in run.lock

    def check(image, data):
        # LMDB may crash over such a file, and a backtrace takes seconds.
        environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
        read = tool("log", "stats", "--data", data, env=environment)
        assert read.returncode in (0, 2) or crashed(read), f"reading ended with {read.returncode}: {read.stderr}"
        result = tool("log", "append", "--topic", "t", "--type", "x", "1", "--data", data, env=environment)
        if result.returncode == 2 or crashed(result):
            assert result.stderr.startswith("bitacora: ") and result.stderr.count("\n") == 1, result.stderr
            return "refused" if "restore" in result.stderr else result.stderr
        assert result.returncode == 0, f"writing ended with {result.returncode}: {result.stderr}"
        head = int(result.stdout) - 1
        assert head >= image.synced, f"head {head}, synced {image.synced}"
        report = json.loads(tool("log", "verify", "--json", "--data", data).stdout)
        assert report["sound"] and report["head"] == head + 1
        return "whole"

    outcomes = check_all(run, WEAK_IMAGES, seed, check)
    print(f"{len(run.operations)} operations, {dict(outcomes)}")
