import os
import random

import pytest

from bitacora import Server


@pytest.fixture
def make_server(tmp_path):
    """Starts servers, each on a directory of its own, and ends them."""
    servers = []

    def make(*options, directory=None):
        directory = directory or tmp_path / f"server-{len(servers)}"
        directory.mkdir(exist_ok=True)
        servers.append(Server(directory, *options))
        return servers[-1].start()

    yield make
    for server in servers:
        server.end()


@pytest.fixture
def server(make_server):
    return make_server()


@pytest.fixture
def seed():
    """A new seed each run; shown when the test fails. BITACORA_SEED repeats one."""
    value = int(os.environ.get("BITACORA_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"seed {value}; repeat with BITACORA_SEED={value}")
    return random.Random(value)
