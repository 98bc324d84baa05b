"""Names and days of large books: what is remembered, and what is too much to remember."""

from datetime import date

import pytest

from sdcert import frames
from sdcert.codes import CodeBook, Content
from sdcert.frames import answers as frame_answers
from sdcert.frames import names, registry
from sdcert.testing.examples import example_editions
from tests.support.frames import (
    ENGINES,
    EXAMPLE,
    RULES,
    answers,
    arrow_frame,
    duckdb_frame,
    law,
    rows,
    verdict,
)


@pytest.mark.parametrize("engine", ["pyarrow", "polars-lazy"])
@pytest.mark.parametrize("approved_on", [None, "day"])
def test_a_book_too_large_to_be_remembered_is_asked_again(monkeypatch, engine, approved_on):
    monkeypatch.setattr(names, "_KEPT", 3)
    monkeypatch.setattr(registry, "_SPELL", 0)  # nor are its days
    codes = CodeBook(example_editions(Content.COMPLETE))
    some = rows()[:60]
    frame = ENGINES[engine](*map(list, zip(*some, strict=True)))
    laws = [law(value, codes, day if approved_on else None) for value, day in some]
    for _ in range(2):
        assert answers(frames.check(frame, "number", codes=codes, approved_on=approved_on)) == laws


def test_memories_are_bounded_and_forgetting_changes_no_answer(monkeypatch):
    monkeypatch.setattr(registry, "_TABLES", 1)
    monkeypatch.setattr(names, "_KEPT", 1)
    monkeypatch.setattr(frame_answers, "BLOCK", 4)
    codes = CodeBook(EXAMPLE.editions)
    values = [f"{sign}{year}9000160100001" for sign in ("鲁", "魯", "鲁 ", "") for year in (18, 19)]
    for _ in range(2):
        for days in ([None] * 8, [date(2020, 1, 1), date(2022, 1, 1)] * 4):
            checked = frames.check(
                arrow_frame(values, days), "number", codes=codes, rules=RULES, approved_on="day"
            )
            assert answers(checked) == [
                law(v, EXAMPLE, d, rules=RULES) for v, d in zip(values, days, strict=True)
            ]
    for day in (None, date(2020, 1, 1), date(2022, 1, 1), None):
        frame = duckdb_frame(values, [None] * 8)
        checked = frames.check(frame, "number", codes=codes, approved_on=day, fields=False)
        assert answers(checked) == [verdict(v, EXAMPLE, day) for v in values]
