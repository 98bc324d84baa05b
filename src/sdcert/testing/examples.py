"""A province that does not exist, with code tables as rich as real ones are.

For documentation, tests and benchmarks. Nothing here is a real code: region codes begin with
90–99, series codes with 6–9, the content is ``example``. The names of the series are those of the
27 national title series (职称系列); their codes, and what becomes of codes here, are made up.

Three editions each of the province and of one city, from 2019-01-27, 2021-01-01 and 2024-01-01:

========= ============================================================================
code      what happens
========= ============================================================================
90002     renamed from 2021-01-01
90010     ended after 2020-12-31, given to another body from 2024-01-01 (re-used)
90040     added from 2021-01-01
91101     merges with 91102 into 91150 from 2021-01-01, which is renamed from 2024-01-01
91301     split into 91331 and 91332 from 2024-01-01
91201     ended after 2023-12-31 without successor (retired)
98        the prefix ends after 2023-12-31: the city went to 97, its bureau to 97020
741       renamed from 2024-01-01
742       ended after 2023-12-31 (retired)
========= ============================================================================
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from sdcert.codes import (
    AuthorityKind,
    CityPrefix,
    CodeBook,
    Content,
    Edition,
    RegionCode,
    SeriesCode,
    Source,
)
from sdcert.codes.adjust import End, Introduce, Merge, Rename, Split, adjust
from sdcert.codes.edition import PROVINCE, SERIES, city_domain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sdcert.codes.adjust import Operation
    from sdcert.codes.model import Entry

__all__ = ["complete_codes", "example_codes", "example_editions"]

_FIRST: Final = date(2019, 1, 27)
_SECOND: Final = date(2021, 1, 1)
_THIRD: Final = date(2024, 1, 1)

_PROVINCE_BUREAU: Final = "示例省人力资源和社会保障厅"
_BUREAU: Final = "人力资源和社会保障局"
_CITIES: Final = {str(number): sign for number, sign in enumerate("甲乙丙丁戊己庚辛", 91)}
# Names, parted by spaces.
_UNITS: Final = """
教育局 体育局 卫生健康局 农业农村局 工业和信息化局 住房和城乡建设局 交通运输局 文化和旅游局 水利局
自然资源局 生态环境局 应急管理局 市场监督管理局 统计局 审计局 林业局 广播电视局 档案馆 科学院 党校
"""
_ENTERPRISES: Final = "能源 交通 水务 建设 文化 农业 港口 铁路"
_SERIES: Final = """
高等学校教师 哲学社会科学研究人员 自然科学研究人员 卫生技术人员 工程技术人员 农业技术人员
新闻专业人员 出版专业人员 图书资料专业人员 文物博物专业人员 档案专业人员 工艺美术专业人员
技工院校教师 体育专业人员 翻译专业人员 播音主持专业人员 会计人员 统计专业人员 经济专业人员
实验技术人员 中等职业学校教师 中小学教师 艺术专业人员 公共法律服务专业人员 船舶专业技术人员
民用航空飞行技术人员 审计专业人员
"""
_LEVELS: Final = ("正高级", "副高级", "中级", "助理级", "员级")


def _source(number: int) -> Source:
    return Source(f"示例〔{number}〕号", "附件")


def _provincial() -> Iterator[RegionCode | CityPrefix]:
    yield RegionCode("90001", _PROVINCE_BUREAU, AuthorityKind.PROVINCIAL_HRSS)
    for place, unit in enumerate(_UNITS.split()):
        name = "示例省" + unit.replace("局", "厅")
        yield RegionCode(f"900{place + 2:02}", name, AuthorityKind.PROVINCIAL_DEPARTMENT)
    for place, trade in enumerate(_ENTERPRISES.split()):
        name = f"示例省{trade}集团有限公司"
        yield RegionCode(f"901{place + 1:02}", name, AuthorityKind.PROVINCIAL_ENTERPRISE)
    for prefix, sign in _CITIES.items():
        yield CityPrefix(prefix, f"示例{sign}市")


def _municipal(prefix: str) -> Iterator[RegionCode]:
    city = f"示例{_CITIES[prefix]}市"
    yield RegionCode(f"{prefix}020", city + _BUREAU, AuthorityKind.CITY_HRSS, city)
    for place, unit in enumerate(_UNITS.split(), 1):
        yield RegionCode(f"{prefix}1{place:02}", city + unit, AuthorityKind.CITY_DEPARTMENT, city)
    for place, trade in enumerate(_ENTERPRISES.split(), 1):
        name = f"{city}{trade}集团有限公司"
        yield RegionCode(f"{prefix}2{place:02}", name, AuthorityKind.CITY_ENTERPRISE, city)
    for place, sign in enumerate("子丑寅卯辰巳午未申酉", 1):
        county = f"示例{_CITIES[prefix]}{sign}县"
        kind = AuthorityKind.COUNTY_HRSS
        yield RegionCode(f"{prefix}3{place:02}", county + _BUREAU, kind, city, county)
    yield RegionCode(f"{prefix}900", f"{city}开发区政工部", AuthorityKind.OTHER, city)


def _titles() -> Iterator[SeriesCode]:
    # Counted through: a code says nothing about its series or level.
    number = 601
    for series in _SERIES.split():
        for level in _LEVELS:
            # Two names of one level, as the documents write it for teachers of these schools.
            said = "高级" if (series, level) == ("中小学教师", "副高级") else level
            yield SeriesCode(f"{number}", series, said)
            number += 1
    yield SeriesCode("740", "示例专业人员", "初级")
    yield SeriesCode("741", "示例技术人员", "中级")
    yield SeriesCode("742", "示例停用人员", "中级")


def example_editions(content: Content = Content.EXAMPLE) -> tuple[Edition, ...]:
    """Return the editions of the example province, always the same ones.

    Args:
        content: What they say of themselves. With anything but ``example`` the same data serve
            tests that need it; they stay made up.

    Returns:
        Three editions of the province, three of the city 91, one of each other city, two of the
        series.

    Raises:
        InvalidTable: If the content is of no known kind.

    >>> [edition.id for edition in example_editions()][:3]
    ['example-province-2019', 'example-province-2021', 'example-province-2024']
    >>> example_editions("whole")
    Traceback (most recent call last):
        ...
    sdcert.codes.errors.InvalidTable: content “whole”: not a kind of content; ...
    """
    return (*_of_province(content), *_of_cities(content), *_of_series(content))


def _first(
    domain: str, publisher: str, source: int, content: Content, entries: Iterable[Entry]
) -> Edition:
    name = f"example-{domain.removeprefix('city:')}-{_FIRST.year}"
    made = _source(source), content, _FIRST
    return Edition(name, domain, publisher, *made, entries=tuple(entries))


def _next(before: Edition, start: date, source: int, *operations: Operation) -> Edition:
    return adjust(
        before,
        operations,
        id=f"{before.id[:-4]}{start.year}",
        effective_from=start,
        source=_source(source),
    )


def _of_province(content: Content) -> Iterator[Edition]:
    department = AuthorityKind.PROVINCIAL_DEPARTMENT
    first = _first(PROVINCE, _PROVINCE_BUREAU, 1, content, _provincial())
    second = _next(
        first,
        _SECOND,
        11,
        Rename("90002", "示例省教育和体育厅"),
        End("90010"),
        Introduce(RegionCode("90040", "示例省大数据局", department)),
    )
    again = Introduce(RegionCode("90010", "示例省数据产业研究院", department))
    yield from (first, second, _next(second, _THIRD, 21, again, End("98", successors=("97",))))


def _of_cities(content: Content) -> Iterator[Edition]:
    for source, (prefix, sign) in enumerate(_CITIES.items(), 2):
        publisher = f"示例{sign}市{_BUREAU}"
        entries = tuple(_municipal(prefix))
        first = _first(city_domain(prefix), publisher, source, content, entries)
        yield first
        if prefix == "91":
            yield from _adjusted_city(first, f"示例{sign}市")
        elif prefix == "98":
            ends = [
                End(entry.code, successors=("97020",) if entry.code == "98020" else ())
                for entry in entries
            ]
            yield _next(first, _THIRD, 21, *ends)


def _adjusted_city(first: Edition, city: str) -> Iterator[Edition]:
    merged = RegionCode("91150", f"{city}教育体育局", AuthorityKind.CITY_DEPARTMENT, city)
    second = _next(first, _SECOND, 12, Merge(("91101", "91102"), merged))
    parts = tuple(
        RegionCode(code, county + _BUREAU, AuthorityKind.COUNTY_HRSS, city, county)
        for code, county in (("91331", "示例甲子东县"), ("91332", "示例甲子西县"))
    )
    renamed = Rename("91150", f"{city}教育和体育局")
    yield from (second, _next(second, _THIRD, 22, renamed, Split("91301", parts), End("91201")))


def _of_series(content: Content) -> Iterator[Edition]:
    first = _first(SERIES, _PROVINCE_BUREAU, 1, content, _titles())
    yield from (first, _next(first, _THIRD, 23, Rename("741", "示例应用技术人员"), End("742")))


def example_codes() -> CodeBook:
    """Return the example province as a book, content ``example``.

    >>> book = example_codes()
    >>> book.region("90002", on=date(2021, 1, 1)).name
    '示例省教育和体育厅'
    >>> print(book.region("91101", on=date(2021, 1, 1)))
    code 91101 (示例甲市教育局) was not in force on 2021-01-01: in force through 2020-12-31; ...
    """
    return CodeBook(example_editions())


def complete_codes() -> CodeBook:
    """Return the same data with content ``complete``, for tests that need a code to be unknown.

    >>> complete_codes().region("91777", on=date(2021, 1, 1)).content
    <Content.COMPLETE: 'complete'>
    >>> example_codes().region("91777", on=date(2021, 1, 1)).content
    <Content.EXAMPLE: 'example'>
    """
    return CodeBook(example_editions(Content.COMPLETE))
