"""The commands that a machine has on which `Tests/run` has installed its packages, and no others.

A developer's machine has more than a fresh one. With these commands alone a test that needs another package fails,
so the list of packages in `Tests/run` is known to be complete.
"""

import functools
import os
import shutil
import subprocess
from pathlib import Path

# What Swift needs on Debian (https://www.swift.org/install/linux) that brings commands.
SWIFT_NEEDS = ["git", "binutils", "gnupg2", "tzdata"]
PLACES = ["/bin", "/usr/bin", "/sbin", "/usr/sbin"]


@functools.cache
def closure(packages):
    """The packages (a tuple), all that they depend on, and what every Debian has: those of them that are installed."""
    shown = [line.split(" ") for line in _lines("dpkg-query", "--show", "--showformat=${Package} ${Essential} ${Priority} ${db:Status-Status}\n")]
    installed = {name for name, *_, status in shown if status == "installed"}
    base = [name for name, essential, priority, _ in shown if essential == "yes" or priority == "required"]
    depends = _lines(
        "apt-cache", "depends", "--recurse", "--installed", "--no-recommends", "--no-suggests", "--no-conflicts",
        "--no-breaks", "--no-replaces", "--no-enhances", *base, *SWIFT_NEEDS, *packages)
    return installed & {line.split(":")[0] for line in depends if line[:1].isalnum()}


def link_commands(folder, packages):
    """Fills a folder with a link for each command of the packages' closure; the value for PATH."""
    files = [line for line in _lines("dpkg", "--listfiles", *sorted(closure(packages))) if os.path.dirname(line) in PLACES]
    targets = {os.path.realpath(file) for file in files}
    # cc, awk and others are names that the system chooses among the packages that have such a command.
    chosen = [f"/usr/bin/{file.name}" for file in Path("/etc/alternatives").iterdir() if os.path.realpath(file) in targets]
    for file in filter(os.path.lexists, [*files, *chosen]):
        link = folder / os.path.basename(file)
        if not os.path.lexists(link):
            link.symlink_to(file)
    swift = shutil.which("swift")
    if not swift:
        raise SystemExit("Tests/run: swift is not in PATH; install Swift 6.2 or later (https://www.swift.org/install/linux)")
    swift = Path(swift).resolve()
    if str(swift.parent) not in PLACES:
        return f"{folder}:{swift.parent}"
    for file in [*swift.parent.glob("swift*"), *swift.parent.glob("docc")]:
        if not os.path.lexists(folder / file.name):
            (folder / file.name).symlink_to(file)
    return str(folder)


def _lines(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if not result.stdout:
        raise SystemExit(f"Tests/run: {command[0]} says nothing of the installed packages: {result.stderr}")
    return result.stdout.splitlines()
