"""A page in the system's Chromium, with the errors that it reported."""

import os
import shutil
from pathlib import Path

import pytest

from bitacora import PATIENCE

# The headless shell takes a quarter of the processor time of a browser with windows.
CHROMIUM = shutil.which("chromium-headless-shell")
LIVE = '#connection[data-state="live"]'


def in_windows(first, *others):
    """Runs a test in windows of these widths and colour schemes; with --fast in the first."""
    return pytest.mark.parametrize("width, scheme", [first, *(pytest.param(*other, marks=pytest.mark.long) for other in others)])


class Page:
    """A window on a page of the server; `problems` has the errors and warnings of the browser."""

    def __init__(self, context, url):
        self.page = context.new_page()
        self.page.set_default_timeout(1000 * PATIENCE)
        self.problems = []
        self.page.on("console", lambda message: self.problems.append(message.text) if message.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.goto(url)

    def wait_live(self):
        self.page.wait_for_selector(LIVE)
        return self

    def titles(self):
        return self.page.locator("#products > .entry h2").all_text_contents()

    def ids(self):
        return self.page.eval_on_selector_all("#products > .entry", "rows => rows.map(row => row.id)")

    def wait_for_title(self, title):
        self.page.locator("#products > .entry h2", has_text=title).wait_for()

    def wait_for_text(self, selector, text):
        self.page.wait_for_function(
            "([selector, text]) => document.querySelector(selector)?.textContent === text", arg=[selector, str(text)])

    def fill(self, **fields):
        for name, value in fields.items():
            self.page.fill(f"#field-{name}", str(value))

    def create(self, **fields):
        self.fill(**fields)
        self.page.click("#create-button")

    def screenshot(self, name):
        """Saves a screenshot if BITACORA_SCREENSHOTS names a directory."""
        directory = os.environ.get("BITACORA_SCREENSHOTS")
        if directory:
            self.page.screenshot(path=Path(directory) / f"{name}.png")
