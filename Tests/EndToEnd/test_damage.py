"""A damaged file is read or rejected with a message; if LMDB crashes, a message is printed before the signal ends the process."""

import json
import os

import pytest

from bitacora import tool

ROUNDS = 30
COMMANDS = (["list"], ["stats"], ["topics"], ["show", "5"], ["append", "--topic", "t", "--type", "x", "1"])


@pytest.mark.long
@pytest.mark.timeout(900)
def test_pages_changed_at_random(server, seed):
    server.append_numbers(2000)
    server.append(*({"topic": f"t/{number % 40}", "type": "x", "id": f"{number}"} for number in range(500)))
    assert server.stop() == 0
    file = server.data / "data.mdb"
    whole = file.read_bytes()
    found = crashed = 0
    for _ in range(ROUNDS):
        data = bytearray(whole)
        for _ in range(seed.choice((1, 10, 100))):
            data[seed.randrange(8192, len(data))] ^= 1 << seed.randrange(8)
        file.write_bytes(data)
        result = tool("log", "verify", "--json", "--data", server.data)
        assert result.returncode in (0, 1, 2), result.stderr
        found += result.returncode > 0
        assert result.returncode == 2 or json.loads(result.stdout)["sound"] == (result.returncode == 0)
        for command in COMMANDS:
            if command[0] == "append":
                file.write_bytes(data)
            # Each backtrace takes seconds.
            result = tool("log", *command, "--data", server.data, env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
            explained = "this process crashed" in result.stderr or "an internal check failed" in result.stderr
            assert result.returncode in (0, 1, 2) or (result.returncode < 0 and explained), (command, result.returncode, result.stderr)
            crashed += explained
    print(f"{found} of {ROUNDS} found, {crashed} crashes explained")
    assert found > ROUNDS / 3
