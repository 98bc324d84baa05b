"""Streams are answered in blocks: each value as check answers it, in its place, none lost."""

import random
from datetime import date
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sdcert.checking import check, check_many
from sdcert.checking._fast import blocks
from sdcert.codes import CodeBook
from sdcert.testing.examples import complete_codes
from sdcert.testing.strategies import certificate_numbers, written_forms
from tests.damage import texts

BUNDLED = CodeBook.bundled()
GOOD = "鲁181402001200001"


class Liar(str):
    """A text that lies about its length."""

    __slots__ = ()

    def __len__(self):
        return 16


ODD = st.one_of(
    texts(),
    certificate_numbers().flatmap(written_forms),
    certificate_numbers(),
    st.none(),
    st.integers(),
    st.sampled_from(
        [
            Liar("鲁18140200120000"), Liar("鲁1814020012000011"), Liar(GOOD),
            "鲁18140200120000" + "1" * 300, "鲁181402001200001（基层）", "鲁181402001200001(基层)",
            "鲁181402001200000", "魯181402001200001", "鲁18140200120000٣", "鲁1814020012000\ud800",
            "鲁18140200120000𝟙", "0181402001200001", "鲁18140?001200001", "1鲁81402001200001",
            "鲁" * 16, "鲁161402001200001", "鲁189999901200001", "鲁181402099900001", "",
            "1234567890123456",
        ]
    ),
)  # fmt: skip


def first(value, **options):
    verdict = check(value, **options)
    return verdict.outcome, verdict.findings[0].code if verdict.findings else None


@settings(suppress_health_check=[HealthCheck.data_too_large])
@given(
    st.lists(ODD, min_size=1, max_size=12),
    st.lists(certificate_numbers().map(str), min_size=1, max_size=12),
    st.integers(0, 10_000),
    st.sampled_from([0.0, 0.03, 0.5]),
    st.fixed_dictionaries(
        {
            "codes": st.sampled_from([None, BUNDLED, complete_codes()]),
            "approved_on": st.sampled_from([None, date(2017, 3, 1), date(2019, 3, 1)]),
        }
    ),
    st.randoms(use_true_random=False),
)
@example(["鲁181402001200000"], [GOOD], 9_000, 0.5, {"codes": BUNDLED}, random.Random(1))
@example(["1" * 300], [GOOD], 100, 0.5, {}, random.Random(1))
@example([None], [GOOD], 9_000, 0.03, {}, random.Random(1))
def test_every_value_of_a_stream_is_answered_as_alone(odd, good, length, share, options, draw):  # noqa: PLR0917
    pool = [draw.choice(odd) if draw.random() < share else draw.choice(good) for _ in range(length)]
    answers = {id(value): first(value, **options) for value in (*odd, *good)}
    assert list(check_many(pool, **options)) == [answers[id(value)] for value in pool]


@pytest.mark.parametrize("odd", ["鲁18140200120000x", "鲁x81402001200001", "鲁1814020012000 1"])
def test_an_odd_sign_in_a_block_moves_nothing_behind_it(odd):
    several = [odd, GOOD, "鲁170000101100001", odd, "鲁181402001200000", GOOD] * 40
    assert list(check_many(several)) == [first(value) for value in several]


@given(st.integers(0, 20_000), st.integers(1, 300))
def test_blocks_hold_every_value_once_in_its_order(length, step):
    held = list(blocks(iter(range(0, length * step, step))))
    assert [value for block in held for value in block] == list(range(0, length * step, step))
    assert all(held)


def test_blocks_grow_with_what_has_passed():
    sizes = [len(block) for block in blocks(range(20_000))]
    assert sizes == [1] * 16 + [16, 32, 64, 128, 256, 512, 1024, 2048] + [4096] * 3 + [3616]


def test_a_stream_is_read_ahead_by_at_most_as_much_as_has_been_answered():
    source = count()
    answers = check_many(source)
    for answered in range(1, 30_000):
        next(answers)
        read = int(repr(source)[6:-1])
        assert read - answered <= min(answered, 4_096)
        if answered < 16:
            assert read == answered


@pytest.mark.parametrize("before", [0, 1, 15, 16, 17, 100, 5_000])
def test_what_was_read_before_a_stream_breaks_is_answered(before):
    def breaking():
        for _ in range(before):
            yield GOOD
        raise OSError("the disk is gone")

    answers = check_many(breaking())
    for _ in range(before):
        assert next(answers)[0] == "valid"
    with pytest.raises(OSError, match="the disk is gone"):
        next(answers)


class Unhashable(type):
    def __eq__(cls, other):
        return cls is other

    __hash__ = None  # type: ignore[assignment]


def test_a_value_whose_type_cannot_be_hashed_is_a_value():
    value = Unhashable("Odd", (), {})()
    assert list(check_many([value, GOOD])) == [first(value), first(GOOD)]


VALUES = [GOOD, None, "鲁18", "鲁 181402001200001"]


@pytest.mark.parametrize(
    "make",
    [
        pa.array, lambda values: pa.chunked_array([values[:1], values[1:]]),
        lambda values: pa.array(values).dictionary_encode(),
        pd.Series, pl.Series, lambda values: np.array(values, object), tuple, iter,
    ],
)  # fmt: skip
def test_a_column_of_whatever_library_is_a_stream(make):
    expected = [first(value) for value in VALUES]
    assert list(check_many(make(VALUES))) == expected


def test_a_long_arrow_array_is_read_in_pieces():
    values = pa.array([GOOD, "x"] * 5_000)
    assert list(check_many(values)) == [first(GOOD), first("x")] * 5_000


@pytest.mark.parametrize("values", [GOOD, GOOD.encode(), bytearray(b"x")])
def test_one_text_is_no_stream(values):
    with pytest.raises(TypeError, match=r"not one (str|bytes|bytearray): use check\(\)"):
        check_many(values)


@pytest.mark.parametrize(
    "make",
    [
        pa.table, pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.RecordBatch.from_pydict,
        lambda columns: pa.table(columns).to_reader(),
    ],
)  # fmt: skip
def test_a_frame_is_no_stream(make):
    with pytest.raises(TypeError, match=r"pass one of its columns, or use sdcert\.frames\.check"):
        check_many(make({"n": VALUES}))


@pytest.mark.parametrize("value", [5, None, Path("numbers.csv"), pl.col("number")])
def test_what_cannot_be_gone_through_is_refused_at_once(value):
    with pytest.raises(TypeError, match=r"values must be a series of values, not \w+$"):
        check_many(value)
