"""The page “How it is tested” names files that there are, and counts what there is."""

import re
from pathlib import Path

from sdcert.testing.allocation import AllocationStoreTests
from tests.code_points import PLACES
from tests.support.arguments import functions
from tests.support.corpus import REFUSED, WHOLE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tested.md").read_text("utf-8")


def test_the_files_that_it_names_are_there():
    named = re.findall(r"`((?:tests|\.ci)/[\w./]+)`", PAGE)
    assert len(named) > 30
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_its_figures_are_counted():
    assert f"at {len(PLACES)} kinds of place" in PAGE
    laws = [name for name in dir(AllocationStoreTests) if name.startswith("test_")]
    assert f"{len(laws)} laws, which are shipped as a kit" in PAGE
    assert f"{len(WHOLE)} files that are read, {len(REFUSED)} that are not" in PAGE
    table = (ROOT / "tests" / "rules" / "test_tables.py").read_text("utf-8")
    days = re.search(r"^DAYS = \{\n(.*?)^\}", table, re.DOTALL | re.MULTILINE)[1]
    days = re.findall(r"^    date[^:]*:", days, re.MULTILINE)
    assert f"on {len(days)} days" in PAGE
    assert f"method ({len(list(functions()))} of them: all but" in PAGE
