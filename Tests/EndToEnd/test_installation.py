"""A fresh Debian machine with Swift needs no package but those that `Tests/run` and README's first command install.

The commands that the tests call are held to that by `Tests/run`, which lets them find no others. Here are the
headers, the libraries and the modules of Python.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bitacora import EXECUTABLE, ROOT

sys.path.insert(0, str(ROOT / "Tests/Runner"))
from commands import closure, link_commands  # noqa: E402

pytestmark = pytest.mark.skipif("BITACORA_TEST_PACKAGES" not in os.environ, reason="Tests/run says which packages it installs")


@pytest.fixture
def listed():
    return tuple(os.environ["BITACORA_TEST_PACKAGES"].split())


@pytest.fixture
def readme():
    """What README's first command installs."""
    found = re.search(r"apt-get install -y ([\w -]+?) && swift run", (ROOT / "README.md").read_text())
    assert found, "README has no command that installs packages and then runs the server"
    return tuple(found[1].split())


def owner(path):
    """The package of a file. The package may list the file under the resolved path of a link."""
    for name in (path, os.path.realpath(path), os.path.realpath(path).removeprefix("/usr")):
        found = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    raise AssertionError(f"{path} is not of a package")


def headers():
    """The system headers that the sources include."""
    names = {name for shim in ROOT.glob("Sources/*/shim.h") for name in re.findall(r"#include <(.+)>", shim.read_text())}
    return {name: Path("/usr/include", name) for name in names}


@pytest.mark.long
def test_the_headers_are_of_packages_that_both_commands_install(listed, readme):
    assert headers().keys() >= {"lmdb.h", "zlib.h"}
    for name, path in headers().items():
        assert owner(path) in closure(listed) & closure(readme), name


@pytest.mark.long
def test_the_libraries_are_of_packages_that_both_commands_install(listed, readme):
    loaded = re.findall(r"=> (/\S+)", subprocess.run(["ldd", EXECUTABLE], capture_output=True, text=True, check=True).stdout)
    swifts = Path(shutil.which("swift")).resolve().parents[1]
    others = [path for path in loaded if not Path(path).is_relative_to(swifts)]
    assert any("liblmdb" in path for path in others)
    for path in others:
        assert owner(path) in closure(listed) & closure(readme), path


def test_python_is_installed_with_venv(listed):
    python = [shutil.which("python3"), "-c", "import ensurepip; print(ensurepip.__file__)"]
    assert owner(subprocess.run(python, capture_output=True, text=True, check=True).stdout.strip()) in closure(listed)


def test_a_command_of_a_package_that_is_not_listed_is_not_found(listed, tmp_path):
    (tmp_path / "all").mkdir()
    (tmp_path / "fewer").mkdir()
    assert shutil.which("node", path=link_commands(tmp_path / "all", listed).split(":")[0])
    fewer = tuple(package for package in listed if package != "handlebars")
    assert not shutil.which("node", path=link_commands(tmp_path / "fewer", fewer).split(":")[0])
    for command in ["node", "cc", "python3", "chromium-headless-shell"]:
        assert Path(shutil.which(command)).parent.name == "commands", f"{command} is not of a listed package"
