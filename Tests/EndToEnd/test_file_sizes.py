"""Files have a size that suits readers: not so long that a reader searches in them, and not so short that one idea lies in many."""

import statistics

from bitacora import ROOT

LIMIT_LINES = 550
LEAST_MEDIAN_LINES = 90


def lines(folder):
    files = [file.relative_to(ROOT) for file in ROOT.glob(f"{folder}/**/*.swift")]
    # A package below Tests may have been built there, with its dependencies.
    return {str(file): (ROOT / file).read_bytes().count(b"\n") for file in files if not any(part.startswith(".") for part in file.parts)}


def test_no_file_is_too_long():
    found = {name: count for folder in ("Sources", "Tests") for name, count in lines(folder).items() if count > LIMIT_LINES}
    assert not found, f"files have more than {LIMIT_LINES} lines; split them by topic: {found}"


def test_the_median_file_is_long_enough():
    counts = lines("Sources")
    median = statistics.median(counts.values())
    shortest = sorted(counts, key=counts.get)[:20]
    assert median >= LEAST_MEDIAN_LINES, (
        f"the median of {len(counts)} files in Sources is {median:.0f} lines; at least {LEAST_MEDIAN_LINES}: "
        f"put leaf types with the type that they serve, beginning with {shortest}")
