"""kill -9 of the tools that read, at any moment and under load: the server does not notice, the log stays sound."""

import subprocess

import pytest

from bitacora import CAMPAIGN, EXECUTABLE, verified_head
from producers import Producers

ROUNDS = 600 if CAMPAIGN else 60
COMMANDS = (["tail", "--follow"], ["list"], ["verify"], ["topics"], ["stats"])


@pytest.mark.long
@pytest.mark.timeout(10 * ROUNDS)
def test_killed_readers_leave_a_sound_log_that_reuses_its_pages(make_server, seed):
    server = make_server("--durability", "none")
    server.append_numbers(5000)
    producers = Producers(server, "load")
    killed = 0
    for round in range(ROUNDS):
        readers = [
            subprocess.Popen(
                [EXECUTABLE, "log", *COMMANDS[(round + index) % len(COMMANDS)], "--data", server.data],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for index in range(3)
        ]
        producers.wait_for_answers(seed.randrange(0, 40))  # the random moment
        for reader in readers:
            reader.kill()
            killed += reader.wait() < 0
    producers.stop()
    assert killed > ROUNDS, "most had ended before they were killed"
    head = server.head
    assert producers.acknowledged and head >= max(producers.acknowledged.values())
    size = (server.data / "data.mdb").stat().st_size
    print(f"{killed} killed, {head} events, {size} bytes, {size / head:.0f} each")
    # An event of this load takes about 400 bytes with its indexes; a dead reader that is considered alive costs 20 KB a commit.
    assert size < head * 1000 + (64 << 20)
    server.kill9()
    assert verified_head(server.data) == head
