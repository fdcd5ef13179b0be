import os
import random

import pytest
from playwright.sync_api import sync_playwright

from bitacora import CAMPAIGN, PATIENCE, Server
from browser import CHROMIUM


def pytest_collection_modifyitems(items):
    """Runs files with long tests first; at the end they would run while the other workers are idle."""
    files = {item.path for item in items if "long" in _marks(item.function) + _marks(item.module)}
    items.sort(key=lambda item: item.path not in files)


def _marks(owner):
    marks = getattr(owner, "pytestmark", [])
    return [mark.name for mark in (marks if isinstance(marks, list) else [marks])]


def _servers(folder):
    """Yields a function that starts servers, each with its own directory, and ends them."""
    servers = []

    def make(*options, directory=None):
        directory = directory or folder / f"server-{len(servers)}"
        directory.mkdir(exist_ok=True)
        servers.append(Server(directory, *options))
        return servers[-1].start()

    yield make
    for server in servers:
        server.end()


@pytest.fixture
def make_server(tmp_path):
    yield from _servers(tmp_path)


@pytest.fixture
def server(make_server):
    return make_server()


@pytest.fixture(scope="module")
def make_shared_server(tmp_path_factory):
    """Starts servers for the tests of a file that do not stop them, and do not depend on what else is in their logs."""
    yield from _servers(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def shared_server(make_shared_server):
    return make_shared_server()


@pytest.fixture(scope="module")
def chromium():
    """The system's browser; each test opens its own contexts in it."""
    assert CHROMIUM, "chromium-headless-shell is not in PATH; Tests/run installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], timeout=1000 * PATIENCE)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium):
    """A new context of the browser, with its own cookies and cache."""
    context = chromium.new_context()
    context.set_default_timeout(1000 * PATIENCE)
    yield context
    context.close()


@pytest.fixture
def seed():
    """The same seed in each run, so that a failure comes from the tested change, and a new one in campaigns; shown if the
    test fails. BITACORA_SEED repeats one."""
    value = int(os.environ.get("BITACORA_SEED", random.SystemRandom().randrange(1 << 32) if CAMPAIGN else 1))
    print(f"seed {value}; repeat with BITACORA_SEED={value}")
    return random.Random(value)
