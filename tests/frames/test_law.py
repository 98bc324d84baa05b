"""One law: what a frame says of a value is what check() says of it, on every engine."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdcert import frames
from tests.frames.material import (
    BOOKS,
    DAYS,
    ENGINES,
    EXAMPLE,
    RULES,
    VALUES,
    answers,
    arrow_frame,
    collected,
    encodable,
    law,
    pandas_frame,
)

ROWS = [row for row in collected(st.tuples(VALUES, DAYS), 600) if encodable(row[0])]
TEXTS, APPROVED = map(list, zip(*ROWS, strict=True))


@given(
    st.lists(st.tuples(VALUES, DAYS), max_size=12),
    st.sampled_from(list(BOOKS)),
    st.one_of(st.none(), st.just("day"), st.dates(date(1999, 1, 1), date(2101, 1, 1))),
    st.integers(0, 3),
)
def test_the_law(rows, book, approved_on, window):
    values = [value for value, _ in rows]
    frame = pandas_frame(object)(values, [day for _, day in rows])
    if all(map(encodable, values)):
        frame = arrow_frame(values, [day for _, day in rows])
    checked = frames.check(
        frame, "number", codes=BOOKS[book], approved_on=approved_on, window_years=window
    )
    assert answers(checked) == [
        law(value, BOOKS[book], day if approved_on == "day" else approved_on, window)
        for value, day in rows
    ]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("book", ["none", "complete"])
def test_the_law_on_every_engine(engine, book):
    frame = ENGINES[engine](TEXTS, APPROVED)
    checked = frames.check(frame, "number", codes=BOOKS[book])
    assert answers(checked) == [law(text, BOOKS[book]) for text in TEXTS]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_law_on_every_engine_with_a_column_of_days(engine):
    frame = ENGINES[engine](TEXTS, APPROVED)
    checked = frames.check(frame, "number", codes=EXAMPLE, approved_on="day")
    assert answers(checked) == [law(*row[:1], EXAMPLE, row[1]) for row in ROWS]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("on", [None, date(2020, 1, 1), date(2010, 1, 1)])
def test_the_managers_on_every_engine(engine, on):
    for approved_on in (None, "day"):
        checked = frames.check(
            ENGINES[engine](TEXTS, APPROVED), "number",
            codes=EXAMPLE, rules=RULES, approved_on=approved_on, on=on,
        )  # fmt: skip
        assert answers(checked) == [
            law(value, EXAMPLE, day if approved_on else None, rules=RULES, on=on)
            for value, day in ROWS
        ]


@settings(max_examples=20)
@given(st.lists(VALUES, min_size=1, max_size=30))
def test_python_objects_of_any_text(values):
    checked = frames.check(pandas_frame(object)(values, [None] * len(values)), "number")
    assert answers(checked) == [law(value) for value in values]
