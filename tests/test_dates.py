"""Days are read in the forms that offices and their systems use, and in no other."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert.dates import (
    EPOCH,
    as_day,
    days_since_epoch,
    evaluation_window,
    format_day,
    overlap,
    parse_day,
    read_day,
)

DAYS = st.one_of(st.none(), st.dates(date(2019, 1, 1), date(2019, 1, 5)))


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_written_form_is_read_back(day):
    for text in (
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day} 00:00:00",
        f"{day}T08:30",
        f"{day.year}/{day.month}/{day.day} 8:30:00.123456",
        f"{day.year}年{day.month}月{day.day}日",
        f" {day.year} 年 {day.month:02} 月 {day.day:02} 日\n",
    ):
        assert parse_day(text) == day
    assert parse_day(format_day(day)) == parse_day(format_day(day, "zh")) == day


@pytest.mark.parametrize(
    "text",
    ["", "2019", "2019-01", "2019-13-01", "2019-02-30", "27/1/2019", "2019.1", "2019012",
     "19-1-27", "2019-1/27", "2019年1月", "2019-01-27T24:00", "2019-01-27 08:00+08:00",
     "2019-01-27 8",
     "２０１９-01-27", "0000-01-01",
     "2019-W04-7", "2019-W04", "x" * 10_000],
)  # fmt: skip
def test_nothing_else_is_a_day(text):
    with pytest.raises(ValueError, match="not a date") as caught:
        parse_day(text)
    assert len(str(caught.value)) < 120


def test_a_text_that_is_no_day_is_shown_up_to_32_characters():
    for text, shown in (("x" * 32, "x" * 32), ("x" * 33, "x" * 32 + "…")):
        with pytest.raises(ValueError, match=f": “{shown}”$"):
            parse_day(text)


@pytest.mark.parametrize("value", ["2019-01-27", 20190127, None, datetime(2019, 1, 27, tzinfo=UTC)])
def test_a_day_is_a_date_and_no_datetime(value):
    with pytest.raises(TypeError, match=r"on must be a datetime\.date, not"):
        as_day(value, "on")
    assert as_day(date(2019, 1, 27), "on") == date(2019, 1, 27)


@given(st.datetimes())
def test_in_data_a_datetime_without_zone_is_the_day_that_it_names(moment):
    assert read_day(moment) == read_day(moment.date()) == moment.date()
    with pytest.raises(ValueError, match="not a date"):
        read_day(moment.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    "value", [None, 43492, 43492.0, True, "", b"2019-01-27", [], "nan", pd.NaT]
)
def test_nothing_else_in_data_is_a_day(value):
    with pytest.raises(ValueError, match="not a date"):
        read_day(value)


def test_the_window_of_an_evaluation_year_ends_with_a_later_year():
    assert evaluation_window(2018, 0) == (date(2018, 1, 1), date(2018, 12, 31))
    assert evaluation_window(2099, 100) == (date(2099, 1, 1), date(2199, 12, 31))


@given(st.dates())
def test_days_are_counted_from_1970(day):
    assert EPOCH.toordinal() + days_since_epoch(day) == day.toordinal()


@given(DAYS, DAYS, DAYS, DAYS)
def test_spans_overlap_if_they_share_a_day(start, end, first, last):
    lo = max(d or date.min for d in (start, first))
    hi = min(d or date.max for d in (end, last))
    if (start or date.min) <= (end or date.max) and (first or date.min) <= (last or date.max):
        assert overlap(start, end, first, last) is (lo <= hi)


def test_an_unknown_bound_is_shown_as_dots():
    assert format_day(None, "zh") == "…"


def test_what_is_written_is_a_day_without_its_time():
    for wrong in (datetime(2019, 1, 27), "2019-01-27"):  # noqa: DTZ001
        with pytest.raises(TypeError, match=r"day must be a datetime\.date, not (datetime|str)"):
            format_day(wrong)
