"""What the tests of the command line share: the language, the width, and files to check."""

import openpyxl
import pytest

from tests.support import browser


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")  # so that no path is folded


@pytest.fixture(scope="package")
def chromium():
    """A browser for all tests of the pages."""
    with browser.running() as running:
        yield running


@pytest.fixture
def write(tmp_path):
    """Write lines as a CSV file."""

    def put(*rows, name="a.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes("".join(row + "\r\n" for row in rows).encode(encoding))
        return str(path)

    return put


@pytest.fixture
def put(tmp_path):
    """Write a workbook: sheets by name, each a list of rows."""

    def write(*rows, name="a.xlsx", **sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, lines in (sheets or {"名单": rows}).items():
            sheet = book.create_sheet(title)
            for line in lines:
                sheet.append(line)
        path = tmp_path / name
        book.save(path)
        return path

    return write
