"""A real browser for tests: headless Chromium, driven by Playwright.

Debian's chromium is what `.ci/run` installs. Where there is none, a test that needs it is reported
as not run; in CI it fails.
"""

import os
import shutil
from contextlib import contextmanager

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def program():
    """Where the browser is; without one the test is not run, and fails in CI."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    said = "there is no Chromium to open the page in (on Debian: apt-get install chromium)"
    if os.environ.get("CI"):
        pytest.fail(said)
    pytest.skip(f"not run: {said}")


@contextmanager
def running():
    """A browser that is closed at the end."""
    path = program()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        try:
            yield browser
        finally:
            browser.close()


class Opened:
    """A file as the browser shows it, with all that it complained of or tried to fetch."""

    def __init__(self, browser, path, **options):
        self.page = browser.new_page(**options)
        self.said, self.asked = [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        assert self.asked.pop(0) == path.as_uri()

    def texts(self, selector):
        """The texts of all elements that match."""
        return self.page.locator(selector).all_inner_texts()
