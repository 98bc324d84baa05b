"""One approval day for both codes: a verdict without a day is that of all days of the window."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdcert.checking import check, check_many, is_valid
from sdcert.checking.registry import pair_verdict, registry_code, varies
from sdcert.checking.verdicts import SCHEME_BEGINS, first_warning
from sdcert.codes import CodeBook, Edition, RegionCode, SeriesCode, Source
from sdcert.findings import FindingCode, Outcome

NUMBER = "鲁189102060100001"
FIRST = date(2018, 1, 1)
WINDOW = [FIRST + timedelta(day) for day in range(730)]
SOURCE = Source("示例〔1〕号")
DAYS = st.one_of(st.none(), st.dates(date(2017, 6, 1), date(2020, 6, 30)))
CONTENTS = st.sampled_from(["complete", "fragment", "example"])
EARLY, LATE = date(2018, 6, 30), date(2019, 1, 1)


def region(name="甲局", kind="city-hrss", first=None, last=None, **more):
    return RegionCode("91020", name, kind, "甲市", valid_from=first, valid_through=last, **more)


def title(level="高级", first=None, last=None):
    return SeriesCode("601", "示例", level, valid_from=first, valid_through=last)


def tables(regions, titles, content="complete", begin=None):
    return CodeBook(
        [
            Edition("r", "city:91", "甲市", SOURCE, content, begin, entries=regions),
            Edition("s", "series", "示例省", SOURCE, content, begin, entries=titles),
        ]
    )


@st.composite
def entries(draw, make):
    """Entries of one code, with days that do not overlap."""
    points = sorted(draw(st.sets(st.dates(date(2017, 6, 1), date(2020, 6, 30)), max_size=4)))
    bounds = [None, *points, None]
    made = []
    for begin, end in itertools.pairwise(bounds):
        if draw(st.booleans()):
            last = None if end is None else end - timedelta(1)
            made.append(make(draw(st.sampled_from("甲乙")), first=begin, last=last))
    return made


@st.composite
def books(draw):
    editions = []
    for domain, make in (("city:91", region), ("series", lambda name, **days: title(**days))):
        for number in range(draw(st.integers(0, 2))):
            rows = draw(entries(make))
            content = draw(CONTENTS if rows else CONTENTS.filter(lambda one: one != "complete"))
            begin = draw(DAYS)
            editions.append(
                Edition(f"{domain[:4]}{number}", domain, "x", SOURCE, content, begin, entries=rows)
            )
    try:
        return CodeBook(editions)
    except ValueError:  # the editions contradict each other
        return CodeBook(editions[:1])


@settings(max_examples=15)
@given(books())
def test_a_verdict_without_a_day_is_that_of_all_days(book):
    days = [check(NUMBER, codes=book, approved_on=day).outcome for day in WINDOW]
    verdict = check(NUMBER, codes=book)
    assert (verdict.outcome is Outcome.VALID) is (Outcome.VALID in days)
    assert (verdict.outcome is Outcome.INVALID) is (set(days) == {Outcome.INVALID})
    assert is_valid(NUMBER, codes=book) is bool(verdict)
    first = verdict.findings[0].code if verdict.findings else None
    assert list(check_many([NUMBER], codes=book)) == [(verdict.outcome, first)]
    assert pair_verdict(book, "91020", "601", 2018) == (verdict.outcome, first)
    if not (varies(book, "91020", 2018, 1) and varies(book, "601", 2018, 1)):
        alone = [registry_code(book, code, None, 2018) for code in ("91020", "601")]
        firsts = sorted((c for c in alone if c), key=lambda code: code.severity.rank)
        assert firsts[:1] == ([first] if first else [])


def test_codes_that_were_never_in_force_together_are_invalid():
    book = tables([region(last=EARLY)], [title(first=LATE)])
    verdict = check(NUMBER, codes=book)
    (finding,) = verdict.findings
    assert (verdict.outcome, finding.code) == (Outcome.INVALID, FindingCode.CODES_NOT_TOGETHER)
    assert finding.kind == "codes-not-together"
    assert finding.message() == (
        "region code 91020 and series/level code 601 were never in force together from 2018-01-01 "
        "through 2019-12-31: 91020 (through 2018-06-30), 601 (from 2019-01-01)"
    )
    assert "91020（至2018年6月30日）、601（自2019年1月1日起）" in finding.message("zh")
    assert NUMBER[slice(*finding.span)] == "91020601"


@pytest.mark.parametrize(("gap", "outcome"), [(0, Outcome.VALID), (1, Outcome.INVALID)])
def test_codes_that_have_one_day_in_common_were_in_force_together(gap, outcome):
    later = EARLY + timedelta(gap)
    for book in (
        tables([region(last=EARLY)], [title(first=later)]),
        tables([region(first=later)], [title(last=EARLY)]),
    ):
        assert check(NUMBER, codes=book).outcome is outcome
        assert pair_verdict(book, "91020", "601", 2018)[0] is outcome
        assert varies(book, "91020", 2018, 1)
        assert not varies(book, "91020", 2020, 1)


def test_of_a_code_that_came_and_went_four_times_are_named():
    regions = [region(first=date(2017 - 2 * n, 1, 1), last=date(2017 - 2 * n, 6, 1))
               for n in range(5)]  # fmt: skip
    regions.append(region(first=date(2018, 1, 1), last=EARLY))
    (finding,) = check(NUMBER, codes=tables(regions, [title(first=LATE)])).findings
    assert finding.params["history"][0].count(" through ") == 4


@pytest.mark.parametrize("year", [2018, 2015])  # of 2015 there is a warning besides
def test_where_a_day_is_undecided_so_is_the_pair(year):
    other = RegionCode("91101", "丙局", "city-department", "甲市")
    book = CodeBook(
        [
            # in force, then denied, then nobody says
            Edition("r0", "city:91", "甲市", SOURCE, "fragment", date(year - 1, 1, 1),
                    entries=[region()]),
            Edition("r1", "city:91", "甲市", SOURCE, "complete", date(year, 3, 1), entries=[other]),
            Edition("r2", "city:91", "甲市", SOURCE, "fragment", date(year + 1, 6, 1),
                    entries=[other]),
            Edition("s", "series", "示例省", SOURCE, "fragment",
                    entries=[title(first=date(year + 1, 1, 1))]),
        ]
    )  # fmt: skip
    number = f"鲁{year % 100}9102060100001"
    verdict = check(number, codes=book)
    finding, *warnings = verdict.findings
    assert len(warnings) == (year < SCHEME_BEGINS)
    assert (verdict.outcome, finding.code) == (Outcome.UNDETERMINED, FindingCode.CODES_NOT_TOGETHER)
    assert finding.kind == "undecided"
    assert "undetermined whether" in finding.message()
    assert "无法判定" in finding.message("zh")
    assert not is_valid(number, codes=book)
    assert list(check_many([number], codes=book)) == [(Outcome.UNDETERMINED, finding.code)]
    assert pair_verdict(book, "91020", "601", year) == (Outcome.UNDETERMINED, finding.code)


@pytest.mark.parametrize(
    ("regions", "titles", "codes"),
    [
        ([region("甲局", last=EARLY), region("乙公司", "city-enterprise", first=LATE)], [title()],
         ["region-reused"]),
        ([region()], [title("高级", last=EARLY), title("中级", first=LATE)], ["series-reused"]),
        # a new name is no new body: the old entry names its own code as successor
        ([region("甲局", last=EARLY, successors="91020"), region("乙局", first=date(2018, 7, 1))],
         [title()], []),
        # nor is one that had the code before, or that a body with another code came of
        ([region("甲局", last=EARLY), region("甲局", first=LATE)], [title()], []),
        ([region("甲局", last=EARLY, successors="91030"), region("丙局", first=LATE),
          RegionCode("91030", "乙局", "city-hrss", "甲市", valid_from=date(2018, 7, 1),
                     valid_through=date(2018, 12, 31), successors="91020")], [title()], []),
        # only the body of the days on which the title existed can be meant
        ([region("甲局", last=EARLY), region("乙局", first=LATE)], [title(first=LATE)], []),
    ],
)  # fmt: skip
def test_a_code_given_to_another_within_the_window_is_a_warning(regions, titles, codes):
    book = tables(regions, titles)
    verdict = check(NUMBER, codes=book)
    assert verdict.outcome is Outcome.VALID
    assert [finding.code for finding in verdict.findings] == codes
    assert check(NUMBER, codes=book, approved_on=LATE).findings == ()
    for finding in verdict.findings:
        assert all(name in finding.message("zh") for name in finding.params["names"])


def test_of_two_warnings_that_which_stands_first_in_the_text_comes_first():
    turn, number = date(2016, 7, 1), "鲁169102060100001"
    regions = [region("甲局", last=date(2016, 6, 30)), region("乙局", first=turn)]
    titles = [title("高级", last=date(2016, 6, 30)), title("中级", first=turn)]
    for book, codes in (
        (tables(regions, [title()]), ["year-before-scheme", "region-reused"]),
        (tables([region()], titles), ["year-before-scheme", "series-reused"]),
    ):
        assert [finding.code for finding in check(number, codes=book).findings] == codes
        assert list(check_many([number], codes=book)) == [(Outcome.VALID, codes[0])]


@pytest.mark.parametrize("code", ["year-before-scheme", "region-reused", "series-reused"])
def test_which_warning_comes_first_is_a_matter_of_their_places(code):
    turn = {"year-before-scheme": [], "region-reused": ["region"], "series-reused": ["series"]}
    names = turn[code]
    regions = [region("甲局", last=EARLY), region("乙局", first=LATE)]
    titles = [title("高级", last=EARLY), title("中级", first=LATE)]
    book = tables(
        regions if "region" in names else [region()], titles if "series" in names else [title()]
    )
    number = NUMBER if names else "鲁169102060100001"
    wide = number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for at in range(17):
        texts = [f"{number[:at]}\u200b{number[at:]}"]
        texts += [f"{number[:at]}{wide[at]}{number[at + 1 :]}"] if 0 < at < 16 else []
        texts += [f"{number[:at]}{wide[at : at + 2]}{number[at + 2 :]}"] if 0 < at < 15 else []
        texts.append(number[:at] + wide[at : at + 3] + number[at + 3 :])
        texts.append(number[:at] + wide[at : at + 5] + number[at + 5 :])
        for text in texts:
            first = check(text, codes=book).findings[0].code
            if text != number:
                assert first_warning(text, FindingCode(code)) == first
