"""Package.swift admits no version of a dependency that has a known advisory.

SwiftPM may resolve to any version from the lower bound on, for example to an old one from a cache or for another package.
"""

import re

import pytest

from bitacora import ROOT

# The first versions without a known advisory (https://github.com/advisories?query=ecosystem:swift).
SAFE = {"swift-crypto": (4, 5, 1), "swift-nio-extras": (1, 34, 1)}


def lower_bounds(text):
    """The lower bound of each dependency; a requirement of another form than `from:` has none."""
    bounds = {}
    for url, requirement in re.findall(r'^\s*\.package\(url: "([^"]+)"(.*)$', text, re.MULTILINE):
        found = re.match(r', from: "(\d+)\.(\d+)\.(\d+)"', requirement)
        bounds[url.rsplit("/", 1)[1].removesuffix(".git")] = tuple(map(int, found.groups())) if found else None
    return bounds


@pytest.mark.parametrize("name", SAFE)
def test_a_version_with_a_known_advisory_is_not_admitted(name):
    bounds = lower_bounds((ROOT / "Package.swift").read_text())
    assert len(bounds) >= len(SAFE)
    assert bounds[name] is not None, f"{name} has no lower bound that this test understands; write from: \"x.y.z\""
    assert bounds[name] >= SAFE[name]


def test_every_dependency_has_a_lower_bound():
    bounds = lower_bounds((ROOT / "Package.swift").read_text())
    assert bounds and None not in bounds.values(), bounds
