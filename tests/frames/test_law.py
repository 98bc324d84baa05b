"""One law: what a frame says of a value is what check() says of it, on every engine."""

import random
from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdcert import frames
from tests.damage import ZEROS
from tests.support.frames import (
    BOOKS,
    COMPLETE,
    DAYS,
    ENGINES,
    EXAMPLE,
    FIELDS,
    LAZY,
    RULES,
    VALUES,
    answers,
    arrow_frame,
    columns,
    encodable,
    law,
    pandas_frame,
    rows,
    to_rows,
)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(VALUES, DAYS), max_size=25),
    st.sampled_from(list(BOOKS)),
    st.one_of(st.none(), st.just("day"), st.dates(date(1999, 1, 1), date(2101, 1, 1))),
    st.integers(0, 3),
)
def test_the_law(given, book, approved_on, window):
    values = [value for value, _ in given]
    frame = pandas_frame(object)(values, [day for _, day in given])
    if all(map(encodable, values)):
        frame = arrow_frame(values, [day for _, day in given])
    checked = frames.check(
        frame, "number", codes=BOOKS[book], approved_on=approved_on, window_years=window
    )
    assert answers(checked) == [
        law(value, BOOKS[book], day if approved_on == "day" else approved_on, window)
        for value, day in given
    ]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("book", ["none", "complete"])
def test_the_law_on_every_engine(engine, book):
    checked = frames.check(ENGINES[engine](*columns()), "number", codes=BOOKS[book])
    assert answers(checked) == [law(text, BOOKS[book]) for text, _ in rows()]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_law_on_every_engine_with_a_column_of_days(engine):
    frame = ENGINES[engine](*columns())
    checked = frames.check(frame, "number", codes=EXAMPLE, approved_on="day")
    assert answers(checked) == [law(text, EXAMPLE, day) for text, day in rows()]


# What casts of texts to integers take, in some engine or other: signs, spaces, separators,
# exponents, other bases, other digits, a point; and what stands beside digits in the tables.
STRANGE = "+-_ \t\n\r\x00\x0b.,'eExXbBoOaf:/;$%\u00a0\u2007\u0660\u0966\uff11鲁層"


@pytest.mark.parametrize("engine", LAZY)
def test_whatever_a_cast_takes_for_a_digit(engine):
    texts = [
        whole[:at] + sign + whole[at + length :]
        for whole in ("鲁189000160100001", "鲁189000160100001（基层）")
        for at in range(len(whole) + 1)
        for sign in [*STRANGE, "", "0x", "1e3", "++", "nan", "inf", "infinity"]
        for length in (0, 1, len(sign), len(sign.encode()))
    ]
    texts += [
        f"鲁{sign:{fill}{side}15}" for sign in ("nan", "-inf", "1e14", "infinity") for fill in " 0"
        for side in "<>"
    ]  # fmt: skip
    # so long that floating point rounds the zeros away
    texts += [f"鲁{mantissa}e{exponent}" for mantissa, exponent in (
        ("9" * 13, "5"), ("9" * 12, "06"), ("9" * 11 + ".", "7"), ("9" * 11, "+07"),
    )]  # fmt: skip
    texts = list(dict.fromkeys(texts))
    frame = ENGINES[engine](texts, [None] * len(texts))
    laws = [law(text, EXAMPLE) for text in texts]
    assert answers(frames.check(frame, "number", codes=EXAMPLE)) == laws
    # without names, for which some engines go another way
    checked = frames.check(frame, "number", codes=EXAMPLE, fields=FIELDS)
    names = ["outcome", "finding", "canonical", *FIELDS]
    assert answers(checked) == [{name: row[name] for name in names} for row in laws]


@pytest.mark.parametrize("engine", ["pyarrow", *LAZY])
@pytest.mark.parametrize("day", [None, date(2016, 5, 5)])
def test_a_sequence_of_zeros_is_found_where_it_stands(engine, day):
    frame = ENGINES[engine](ZEROS, [None] * len(ZEROS))
    checked = frames.check(frame, "number", codes=EXAMPLE, approved_on=day, fields=FIELDS)
    names = ["outcome", "finding", "canonical", *FIELDS]
    laws = [law(text, EXAMPLE, day) for text in ZEROS]
    assert answers(checked) == [{name: row[name] for name in names} for row in laws]


@pytest.mark.parametrize("engine", LAZY)
@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize(
    ("window", "day"), [(0, None), (3, None), (1, date(2016, 5, 5)), (1, date(2020, 12, 31))]
)
def test_the_law_on_lazy_engines_with_one_day_and_every_window(engine, book, window, day):
    options = {"codes": BOOKS[book], "window_years": window}
    frame = LAZY[engine](*columns())
    checked = frames.check(frame, "number", approved_on=day, fields=FIELDS, **options)
    names = ["outcome", "finding", "canonical", *FIELDS]
    laws = [law(text, BOOKS[book], day, window) for text, _ in rows()]
    assert answers(checked) == [{name: row[name] for name in names} for row in laws]
    counts = Counter((row["outcome"], row["finding"]) for row in laws)
    counted = to_rows(frames.summary(frame, "number", approved_on=day, **options))
    assert {(row["outcome"], row["finding"]): row["rows"] for row in counted} == counts


@pytest.mark.parametrize("engine", LAZY)
def test_many_rows_stay_in_their_order(engine):
    """So many that the engine works in several pieces, and its memory grows on the way."""
    draw = random.Random(1)
    texts = draw.choices(columns()[0], k=130_000)
    laws = {text: law(text, COMPLETE) for text in set(texts)}
    frame = LAZY[engine](texts, [None] * len(texts))
    checked = frames.check(frame, "number", codes=COMPLETE, fields=FIELDS)
    names = ["outcome", "finding", "canonical", *FIELDS]
    assert answers(checked) == [{name: laws[text][name] for name in names} for text in texts]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("on", [None, date(2020, 1, 1), date(2010, 1, 1)])
def test_the_managers_on_every_engine(engine, on):
    for approved_on in (None, "day"):
        checked = frames.check(
            ENGINES[engine](*columns()), "number",
            codes=EXAMPLE, rules=RULES, approved_on=approved_on, on=on,
        )  # fmt: skip
        assert answers(checked) == [
            law(value, EXAMPLE, day if approved_on else None, rules=RULES, on=on)
            for value, day in rows()
        ]


@settings(max_examples=20)
@given(st.lists(VALUES, min_size=1, max_size=30))
def test_python_objects_of_any_text(values):
    checked = frames.check(pandas_frame(object)(values, [None] * len(values)), "number")
    assert answers(checked) == [law(value) for value in values]
