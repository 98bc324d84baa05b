"""Tables of a book: where both codes change within the window, the pair is asked for together."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdcert import frames
from sdcert.checking import check
from sdcert.codes import AuthorityKind, CodeBook, Content, Edition, RegionCode, SeriesCode, Source
from sdcert.codes.edition import SERIES, city_domain
from sdcert.frames.registry import NO_DAY, registry_of
from tests.support.frames import ENGINES, FIELDS, RULES, answers, law

REGIONS, TITLES = ["98001", "98002", "98003"], ["601", "602", "603"]
DAYS = [date(year, month, 1) for year in range(2018, 2021) for month in (1, 4, 7, 10)]
PIECES = st.lists(st.sampled_from(DAYS), max_size=4, unique=True)


def spans(cuts):
    """Pieces of time: in force from each first cut until the second, and so on."""
    return [(cuts[at], *cuts[at + 1 : at + 2]) for at in range(0, len(cuts), 2)]


@st.composite
def books(draw):
    """A book of a few codes that begin and end on few days, and so often miss each other."""
    entries = []
    for code in REGIONS:
        for start, *end in spans(sorted(draw(PIECES))):
            name = f"示例{draw(st.sampled_from('甲乙'))}"
            entries.append(RegionCode(code, name, AuthorityKind.COUNTY_HRSS, "示例市", "示例县",
                                      start, end[0].replace(day=28) if end else None))  # fmt: skip
    titles = [
        SeriesCode(code, "示例系列", "高级", "senior", start,
                   end[0].replace(day=28) if end else None)
        for code in TITLES for start, *end in spans(sorted(draw(PIECES)))
    ]  # fmt: skip
    content = st.sampled_from([Content.COMPLETE, Content.FRAGMENT])
    made = []
    for domain, own in ((city_domain("98"), entries), (SERIES, titles)):
        if own:
            dated = draw(st.sampled_from([None, date(2018, 6, 1)]))
            made.append(Edition(domain[:4], domain, "1", Source("示例"), draw(content), entries=own,
                                valid_from=dated))  # fmt: skip
    return CodeBook(made)


NUMBERS = [
    f"{sign}{year}{region}{title}00001"
    for sign in ("鲁", " 鲁") for year in (16, 18, 19) for region in REGIONS for title in TITLES
]  # fmt: skip


@settings(max_examples=8)
@given(books(), st.integers(0, 2))
def test_pairs_are_answered_as_by_the_check_on_every_engine(codes, window):
    wanted = [
        (verdict.outcome.value, verdict.findings[0].code.value if verdict.findings else None)
        for verdict in (check(text, codes=codes, window_years=window) for text in NUMBERS)
    ]
    for engine in ("pyarrow", "polars-lazy", "duckdb"):
        frame = ENGINES[engine](NUMBERS, [None] * len(NUMBERS))
        checked = frames.check(frame, "number", codes=codes, window_years=window, fields=FIELDS)
        assert [(row["outcome"], row["finding"]) for row in answers(checked)] == wanted


@settings(max_examples=10)
@given(books())
def test_managers_are_those_of_one_day_for_both_codes(codes):
    frame = ENGINES["pyarrow"](NUMBERS, [None] * len(NUMBERS))
    checked = frames.check(frame, "number", codes=codes, rules=RULES)
    assert answers(checked) == [law(text, codes, rules=RULES) for text in NUMBERS]


def apart(count):
    """Codes of which none is ever in force together with a title of the list."""
    first, last = date(2018, 1, 1), date(2018, 6, 30)
    kind = AuthorityKind.COUNTY_HRSS
    regions = [
        RegionCode(f"98{at:03}", f"示例局{at}", kind, "示例市", "示例县", first, last)
        for at in range(count)
    ]
    titles = [SeriesCode(f"6{at:02}", "示例系列", "高级", "senior", date(2018, 7, 1),
                         date(2018, 12, 31)) for at in range(30)]  # fmt: skip
    return CodeBook([
        Edition(domain[:4], domain, "1", Source("示例"), Content.COMPLETE, entries=own)
        for domain, own in ((city_domain("98"), regions), (SERIES, titles))
    ])  # fmt: skip


@pytest.mark.parametrize("engine", ["pyarrow", "polars-lazy", "duckdb"])
@pytest.mark.parametrize("count", [1, 30])
def test_where_pairs_are_many_the_engine_asks_as_for_everything_else(engine, count):
    codes = apart(count)
    assert (registry_of(codes, 1).table(NO_DAY) is None) == (count == 30)
    frame = ENGINES[engine](["鲁189800060100001", None], [None] * 2)
    assert answers(frames.check(frame, "number", codes=codes)) == [
        law("鲁189800060100001", codes), law(None, codes),
    ]  # fmt: skip
    assert law("鲁189800060100001", codes)["finding"] == "codes-not-together"
