"""A decision beside the bare dict look-up that it cannot beat: python -m benchmarks.rules.

Every ratio is taken in one run: the time of a query to a rule book by the time of looking
(authority, grade) up in a plain dict.
"""

from __future__ import annotations

import platform
from datetime import date
from itertools import product

from benchmarks.timing import best, table
from sdcert import CertificateNumber, CodeBook
from sdcert.checking.explaining import explain
from sdcert.checking.records import check_record
from sdcert.codes import AuthorityKind, Grade
from sdcert.rules import RuleBook, manager_of

BAR = 5.0


def main() -> None:
    rules, codes = RuleBook.bundled(), CodeBook.bundled()
    number = CertificateNumber.parse("鲁181402001200001")
    names: dict[str, object] = {
        "bare": dict.fromkeys(product(AuthorityKind, Grade), AuthorityKind.CITY_HRSS),
        "rules": rules,
        "codes": codes,
        "number": number,
        "body": AuthorityKind.CITY_DEPARTMENT,
        "grade": Grade.INTERMEDIATE,
        "day": date(2026, 11, 22),
        "manager_of": manager_of,
        "check_record": check_record,
        "explain": explain,
        "RuleBook": RuleBook,
    }
    barred = {
        "manager": "rules.manager(body, grade)",
        "manager city": "rules.manager(body, grade, city='14')",
        "manager city, day": "rules.manager(body, grade, city='14', on=day)",
        "form": "rules.form(body, grade, city='14', year=2018, on=day)",
        "sealer": "rules.sealer(body, city='14', on=day)",
        "numbering": "rules.numbering(body, grade, city='14', on=day)",
    }
    free = {
        "manager_of": "manager_of(number, codes=codes, rules=rules, on=day)",
        "check_record": "check_record(number, codes=codes, rules=rules, on=day, manager='14020')",
        "explain": "explain(number, codes=codes, rules=rules, on=day)",
        "RuleBook.bundled": "RuleBook.bundled()",
    }
    times = best({"bare": "bare[body, grade]", **barred, **free}, names)
    bare = times["bare"]
    print(f"Python {platform.python_version()}; bare dict look-up {bare * 1e9:.0f} ns = 1.0")
    table(
        f"One decision (bar {BAR})",
        [
            (name, times[name] / bare, "ok" if times[name] <= BAR * bare else "ABOVE THE BAR")
            for name in barred
        ],
    )
    table("Beyond one cell (no bar)", [(name, times[name] / bare, "") for name in free])


if __name__ == "__main__":
    main()
