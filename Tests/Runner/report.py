"""What a run says at its end: the closing line of each part, its time, and the slowest tests."""

import re

SWIFT = re.compile(r"^. Test (?!run with |case passing )(?P<name>.+?) (?:with \d+ test cases? )?(?:passed|failed) after (?P<seconds>[\d.]+) seconds")
PYTEST = re.compile(r"^(?P<seconds>[\d.]+)s (?:call|setup|teardown) +(?P<name>.+)")
SWIFT_CLOSING = re.compile(r"^. Test run with .*")
PYTEST_CLOSING = re.compile(r"^=+ (?P<line>.*(?:passed|failed|error|deselected|no tests ran).*) =+$")


def durations(output):
    """Each test's seconds and name, from the output of either runner."""
    matches = (SWIFT.match(line) or PYTEST.match(line) for line in output.splitlines())
    return [(float(match["seconds"]), match["name"].strip('"')) for match in matches if match]


def slowest(outputs, count=10):
    found = sorted((entry for output in outputs for entry in durations(output)), reverse=True)
    return [f"{seconds:6.1f} s  {name}" for seconds, name in found[:count]]


def closing_line(output):
    """The last line in which a runner says how many tests passed; "no result" where it did not get that far."""
    for line in reversed(output.splitlines()):
        if match := SWIFT_CLOSING.match(line):
            return match[0]
        if match := PYTEST_CLOSING.match(line):
            return match["line"]
    return "no result"


def minutes(seconds):
    return f"{int(seconds) // 60} min {int(seconds) % 60:02} s"
