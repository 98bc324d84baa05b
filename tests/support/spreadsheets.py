"""Workbooks that a test opens and changes."""

import zipfile

import openpyxl

__all__ = ["BARE", "BLUE", "GOOD", "RED", "YELLOW", "opened", "rewrite"]

GOOD = "鲁181402001200001"
BARE = 181402001200001
RED, YELLOW, BLUE = "FFFFC7CE", "FFFFEB9C", "FFDDEBF7"


def opened(path):
    book = openpyxl.load_workbook(path)
    book.close()
    return book


def rewrite(path, part, change):
    """Change a part of a workbook's file."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)
