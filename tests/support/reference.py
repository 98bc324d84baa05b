"""The public modules: those that the reference documents."""

import re
from pathlib import Path

__all__ = ["MODULES"]

PAGES = (Path(__file__).parents[2] / "docs" / "api").glob("*.md")
MODULES = sorted(
    {
        module
        for page in PAGES
        for module in re.findall(r"automodule:: (\S+)", page.read_text("utf-8"))
    }
)
