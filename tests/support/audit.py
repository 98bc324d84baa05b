"""The audit in plain Python, row by row, and rows that are rich in everything it finds."""

from collections import Counter, defaultdict
from datetime import date
from functools import cache
from itertools import chain

import pyarrow as pa
from hypothesis import strategies as st

from sdcert.audit import audit
from sdcert.checking import check, check_record
from sdcert.codes import AuthorityKind
from sdcert.numbering import NumberScope
from tests.support.frames import COMPLETE, DAYS, EXAMPLE, RULES, collected, to_rows

COLUMNS = ["id", "number", "day", "person", "year", "approver", "grade", "marker", "manager"]
ON = date(2024, 6, 1)
REGIONS = ["90001", "90010", "91101", "91150", "91301", "91331", "98020", "91999", "80001"]
KNOWN = [entry for entry in EXAMPLE.regions() if entry.code in REGIONS]
NAMES = sorted({entry.name for entry in KNOWN})
LAST = {(2018, "90001", "601"): 1, (2019, "91101", "612"): 2, (2018, "91150", "601"): 0}


def numbers():
    """Few scopes and sequences, so that they meet; some damaged, some written otherwise."""
    any_scope = st.builds(
        "{}{}{}".format,
        st.sampled_from(["18", "19"]),
        st.sampled_from(REGIONS),
        st.sampled_from(["601", "612", "741", "999"]),
    )
    often = st.sampled_from(["1890001601", "1991101612"])
    digits = st.builds("{}{:05}".format, st.one_of(often, any_scope), st.integers(0, 3))
    shapes = ["鲁{}", "鲁{}", "鲁{}（基层）", "鲁{}(基层)", " 鲁{}", "鲁{}0", "{}", "鲁{}\n"]
    return st.builds(str.format, st.sampled_from(shapes), digits)


def pooled(values):
    return st.sampled_from([None, "", " ", *values])


BODIES = pooled([
    *map(str, AuthorityKind), *(kind.label("zh") for kind in AuthorityKind), "省人社厅",
    *REGIONS, "90002", *NAMES, f" {NAMES[0]} ", "不明单位", "9000",
])  # fmt: skip
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), numbers()),
        DAYS,
        pooled(["p1", "p2"]),
        pooled(["2018", "2019", "2018.0", "2018年", "18", "x"]),
        BODIES,
        pooled(["senior", "高级", "正高级", "中级", "junior", "员级", "x"]),
        pooled(["是", "否", "true", "False", "1", "（基层）", "(基层)", "x"]),
        BODIES,
    ),
    max_size=10,
).map(lambda rows: [(at, *row) for at, row in enumerate(rows)])  # fmt: skip

GRADES = {
    "senior": {"senior", "正高级", "副高级", "高级"},
    "intermediate": {"intermediate", "中级"},
    "junior": {"junior", "初级", "助理级", "员级"},
}
WORDS = set().union(*GRADES.values())
YES, NO = {"是", "true", "1", "（基层）", "(基层)"}, {"否", "false"}


def reference(rows, codes):
    """The findings, as (key, finding); and how many numbers of each scope there are."""
    found = set()
    read = {}
    for at, value, day, *_ in rows:
        if value is None:
            continue
        verdict = check(value, codes=codes, approved_on=day)
        if verdict.outcome != "valid":
            found.add((at, verdict.findings[0].code.value))
        if verdict.number is not None:
            read[at] = verdict.number
    counts = Counter(read.values())
    people = defaultdict(set)
    for at, number in read.items():
        if (rows[at][3] or "").strip():
            people[rows[at][3], number.scope].add(number.digits)
    for at, number in read.items():
        _, _, day, person, year, approver, grade, marker, manager = (
            cell.strip() or None if isinstance(cell, str) else cell for cell in rows[at]
        )
        if counts[number] > 1:
            found.add((at, "duplicate-number"))
        if any(o.digits == number.digits and o.grassroots != number.grassroots for o in counts):
            found.add((at, "marker-conflict"))
        if person and len(people[rows[at][3], number.scope]) > 1:
            found.add((at, "holder-conflict"))
        last = LAST.get((number.year, number.region_code, number.series_code))
        if last is not None and number.sequence > last:
            found.add((at, "beyond-issued"))
        if year and (cell := year.removesuffix(".0").removesuffix("年")) != str(number.year):
            found.add((at, "year-mismatch" if len(cell) == 4 else "year-undetermined"))
        if marker and marker.lower() not in (YES if number.grassroots else NO):
            known = marker.lower() in YES | NO
            found.add((at, "marker-mismatch" if known else "marker-undetermined"))
        titles = codes.series_between(
            number.series_code,
            first=day or date(number.year, 1, 1),
            last=day or date(number.year + 1, 12, 31),
        )
        grades = {title.grade for title in titles} if isinstance(titles, tuple) else set()
        if (
            grade
            and (grades or grade not in WORDS)
            and not any(grade in GRADES[one] for one in grades)
        ):
            found.add((at, "grade-mismatch" if grade in WORDS else "grade-undetermined"))
        verdict = check_record(
            number, codes=codes, rules=RULES, approved_on=day, on=ON, approver=approver,
            manager=manager,
        )  # fmt: skip
        bodies = {"approver", "manager"}
        found |= {(at, one.code.value) for one in verdict.findings if one.field in bodies}
    return found, read


ASKED = {
    "key": "id", "approved_on": "day", "holder": "person", "year": "year", "approver": "approver",
    "grade": "grade", "marker": "marker", "manager": "manager", "rules": RULES, "on": ON,
}  # fmt: skip
BOOKS = {"example": EXAMPLE, "complete": COMPLETE}
TYPES = [pa.int64(), pa.string(), pa.date32(), *[pa.string()] * 6]
ISSUED = {NumberScope(*scope): last for scope, last in LAST.items()}


@cache
def many():
    """Many rows at once, for engines that are slow to start."""
    return [(at, *row[1:]) for at, row in enumerate(chain.from_iterable(collected(ROWS, 80)))]


def table_of(rows):
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, TYPES, strict=True)]
    return pa.table(arrays, COLUMNS)


def holds(make, rows, codes):
    """The law for some rows."""
    frame = make(table_of(rows))
    found = audit(frame, "number", codes=codes, issued=ISSUED, **ASKED)
    expected, read = reference(rows, codes)
    given = to_rows(found.findings)
    assert {(row["id"], row["finding"]) for row in given} == expected
    assert len(given) == len(expected)
    assert all(row["number"] == rows[row["id"]][1] for row in given)
    assert to_rows(found.totals) == [{
        "rows": len(rows),
        "missing": sum(row[1] is None for row in rows),
        "numbers": len(read),
        "found": len({at for at, _ in expected}),
    }]  # fmt: skip
    summary = [(row["finding"], row["rows"]) for row in to_rows(found.summary)]
    codes_found = [code for _, code in expected]
    assert summary == sorted(
        {(code, codes_found.count(code)) for code in codes_found}, key=lambda row: (-row[1], row[0])
    )
    scopes = {}
    for number in read.values():
        scopes.setdefault(number.scope, set()).add(number.sequence)
    assert to_rows(found.gaps) == [
        {"year": scope.year, "region_code": scope.region_code, "series_code": scope.series_code,
         "sequences": len(held), "first": min(held), "last": max(held),
         "missing": max(held) - len(held)}
        for scope, held in sorted(scopes.items())
    ]  # fmt: skip
