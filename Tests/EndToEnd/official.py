"""The official Socket.IO client for browsers, out of a wheel on PyPI that carries it; never part of this repository."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from bitacora import ROOT

PACKAGE = "nicegui==3.18.0"
WHEEL = "nicegui-3.18.0-py3-none-any.whl"
DIGEST = "a2bd51642312d98aab6d8b641245d796ff1b89da5829777170bcc488140c3dcd"
BUNDLE = "nicegui/static/socket.io.min.js"
DIRECTORY = ROOT / ".build/official-client"


def official_client_bundle():
    """The bytes of the bundle, a script that defines `io`; the wheel is fetched once."""
    wheel = DIRECTORY / WHEEL
    if not wheel.exists():
        _fetch(wheel)
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(BUNDLE)


def _fetch(wheel):
    wheel.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place first: somebody who fetches at the same time never sees half a file.
    with tempfile.TemporaryDirectory(dir=wheel.parent) as scratch:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--only-binary=:all:", "--dest", scratch, PACKAGE], check=True, timeout=300)
        fetched = Path(scratch, WHEEL)
        digest = hashlib.sha256(fetched.read_bytes()).hexdigest()
        assert digest == DIGEST, f"{WHEEL} is another than expected: {digest}"
        fetched.replace(wheel)
