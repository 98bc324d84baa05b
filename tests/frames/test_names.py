"""Names and days of large books: what is remembered, and what is too much to remember."""

import pytest

from sdcert import frames
from sdcert.codes import CodeBook, Content
from sdcert.frames import names, registry
from sdcert.testing.examples import example_editions
from tests.support.frames import ENGINES, answers, law
from tests.support.frames import NAME_ROWS as ROWS


@pytest.mark.parametrize("engine", ["pyarrow", "polars-lazy"])
@pytest.mark.parametrize("approved_on", [None, "day"])
def test_a_book_too_large_to_be_remembered_is_asked_again(monkeypatch, engine, approved_on):
    monkeypatch.setattr(names, "_KEPT", 3)
    monkeypatch.setattr(registry, "_SPELL", 0)  # nor are its days
    codes = CodeBook(example_editions(Content.COMPLETE))
    frame = ENGINES[engine](*map(list, zip(*ROWS, strict=True)))
    laws = [law(value, codes, day if approved_on else None) for value, day in ROWS]
    for _ in range(2):
        assert answers(frames.check(frame, "number", codes=codes, approved_on=approved_on)) == laws
