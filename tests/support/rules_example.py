"""Example tables for the tests of rules: a province 90–99 with two cities, editions that change."""

from datetime import date

from sdcert.codes import (
    AuthorityKind,
    CityPrefix,
    CodeBook,
    Edition,
    RegionCode,
    SeriesCode,
    Source,
)
from sdcert.codes.edition import PROVINCE, SERIES, city_domain

SOURCE = Source("示例文件")
CITY, DEPARTMENT = AuthorityKind.CITY_HRSS, AuthorityKind.CITY_DEPARTMENT
COUNTY, ENTERPRISE = AuthorityKind.COUNTY_HRSS, AuthorityKind.CITY_ENTERPRISE
TURN = date(2022, 1, 1)  # the day on which bodies of the example city merge and move
EVE = date(2021, 12, 31)


def region(code, name, kind, **more):
    place = {} if kind.provincial else {"city": "示例市"}
    return RegionCode(code, name, kind, **place | more)


def book(*cities, content="complete"):
    province = Edition(
        "example-province", PROVINCE, "示例省", SOURCE, content,
        entries=(
            CityPrefix("91", "示例市"), CityPrefix("92", "另一示例市"),
            region("90001", "示例省人社厅", AuthorityKind.PROVINCIAL_HRSS),
            region("90002", "示例省教育厅", AuthorityKind.PROVINCIAL_DEPARTMENT),
        ),
    )  # fmt: skip
    city = Edition(
        "example-city", city_domain("91"), "示例市", SOURCE, content,
        entries=(
            region("91001", "示例市人社局", CITY, valid_through=EVE, successors=("91010",)),
            region("91010", "示例市人社局（新址）", CITY, valid_from=TURN),
            region("91002", "示例市教育局", DEPARTMENT, valid_through=EVE, successors=("91003",)),
            region("91003", "示例市教育体育局", DEPARTMENT, valid_from=TURN),
            region("91004", "示例市水务局", DEPARTMENT, valid_through=EVE,
                   successors=("91005", "91006")),
            region("91005", "示例市水利局", DEPARTMENT, valid_from=TURN),
            region("91006", "示例市排水局", DEPARTMENT, valid_from=TURN),
            region("91007", "示例市矿务集团", ENTERPRISE, valid_through=EVE),
            region("91008", "示例甲县人社局", COUNTY, county="示例甲县"),
            region("91009", "示例授权单位", AuthorityKind.OTHER),
            # a code that was given to another kind of body
            region("91020", "示例市旧局", DEPARTMENT, valid_through=date(2019, 6, 30)),
            region("91020", "示例乙县人社局", COUNTY, valid_from=date(2019, 7, 1),
                   county="示例乙县"),
            region("91030", "示例市甲局", DEPARTMENT, valid_through=date(2019, 6, 30),
                   successors=("91003",)),
            region("91030", "示例市丙局", DEPARTMENT, valid_from=date(2019, 7, 1)),
        ),
    )  # fmt: skip
    other = Edition(
        "example-other", city_domain("92"), "另一示例市", SOURCE, "fragment",
        entries=(
            RegionCode("92001", "另一示例市甲局", DEPARTMENT, city="另一示例市"),
            RegionCode("92002", "另一示例市人社局一", CITY, city="另一示例市"),
            RegionCode("92003", "另一示例市人社局二", CITY, city="另一示例市"),
        ),
    )  # fmt: skip
    series = Edition(
        "example-series", SERIES, "示例省", SOURCE, content,
        entries=(
            SeriesCode("611", "示例教师", "正高级", "senior"),
            SeriesCode("612", "示例教师", "中级", "intermediate"),
            SeriesCode("613", "示例教师", "员级", "junior"),
            SeriesCode("614", "示例工程", "中级", "intermediate", valid_through=date(2019, 6, 30)),
            SeriesCode("614", "示例工程", "初级", "junior", valid_from=date(2019, 7, 1)),
            SeriesCode("615", "示例会计", "中级", "intermediate", valid_from=date(2021, 1, 1)),
        ),
    )  # fmt: skip
    return CodeBook([province, city, other, series, *cities])
