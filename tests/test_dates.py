"""Days are read in the three forms that offices use, and in no other."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdcert.dates import as_day, format_day, overlap, parse_day

DAYS = st.one_of(st.none(), st.dates())


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_written_form_is_read_back(day):
    for text in (
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f" {day.year} 年 {day.month:02} 月 {day.day:02} 日\n",
    ):
        assert parse_day(text) == day
    assert parse_day(format_day(day)) == parse_day(format_day(day, "zh")) == day


@pytest.mark.parametrize(
    "text",
    ["", "2019", "2019-01", "2019-13-01", "2019-02-30", "27/1/2019", "2019.1.27", "20190127",
     "19-1-27", "2019-1/27", "2019年1月", "2019-01-27T00:00", "２０１９-01-27", "0000-01-01",
     "x" * 10_000],
)  # fmt: skip
def test_nothing_else_is_a_day(text):
    with pytest.raises(ValueError, match="not a day") as caught:
        parse_day(text)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("value", ["2019-01-27", 20190127, None, datetime(2019, 1, 27, tzinfo=UTC)])
def test_a_day_is_a_date_and_no_datetime(value):
    with pytest.raises(TypeError, match=r"on must be a datetime\.date, not"):
        as_day(value, "on")
    assert as_day(date(2019, 1, 27), "on") == date(2019, 1, 27)


@given(DAYS, DAYS, DAYS, DAYS)
def test_spans_overlap_if_they_share_a_day(start, end, first, last):
    lo = max(d or date.min for d in (start, first))
    hi = min(d or date.max for d in (end, last))
    if (start or date.min) <= (end or date.max) and (first or date.min) <= (last or date.max):
        assert overlap(start, end, first, last) is (lo <= hi)


def test_an_unknown_bound_is_shown_as_dots():
    assert format_day(None, "zh") == "…"
