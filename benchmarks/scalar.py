"""One number at a time, beside the bare regex and beside peers: python -m benchmarks.scalar.

Every ratio is taken in one run on valid canonical text. The statements are timed in turns and the
best of several rounds counts.
"""

from __future__ import annotations

import platform
import re

import phonenumbers
import schwifty
from stdnum.cn import ric, uscc

import sdcert
from benchmarks.timing import best, importing, table
from sdcert import PATTERN, CertificateNumber, CodeBook, check, is_valid

NUMBER = "鲁181402001200001"
RIC = "360426199101010071"
USCC = "91110000600037341L"
IBAN = "DE89370400440532013000"
PHONE = "+8653112345678"

GROUPS = re.compile("鲁([0-9]{2})([0-9]{5})([0-9]{3})([0-9]{5})(（基层）)?")
BARE = re.compile("鲁([0-9]{2})([0-9]{5})([0-9]{3})((?!00000)[0-9]{5})(（基层）)?")


def main() -> None:
    book = CodeBook.bundled()
    assert is_valid(NUMBER, codes=book)
    assert re.fullmatch(PATTERN, NUMBER)
    names: dict[str, object] = {
        "BARE": BARE,
        "GROUPS": GROUPS,
        "NUMBER": NUMBER,
        "RIC": RIC,
        "USCC": USCC,
        "IBAN": IBAN,
        "PHONE": PHONE,
        "CertificateNumber": CertificateNumber,
        "is_valid": is_valid,
        "check": check,
        "book": book,
        "schwifty": schwifty,
        "phonenumbers": phonenumbers,
        "uscc_validate": uscc.validate,
        "ric_validate": ric.validate,
    }
    times = best(
        {
            "fullmatch": "BARE.fullmatch(NUMBER)",
            "groups": "GROUPS.fullmatch(NUMBER).groups()",
            "parse": "CertificateNumber.parse(NUMBER)",
            "is_valid": "is_valid(NUMBER)",
            "is_valid codes": "is_valid(NUMBER, codes=book)",
            "check": "check(NUMBER)",
            "check codes": "check(NUMBER, codes=book)",
            "schwifty": "schwifty.IBAN(IBAN)",
            "ric": "ric_validate(RIC)",
            "uscc": "uscc_validate(USCC)",
            "phonenumbers": "phonenumbers.is_valid_number(phonenumbers.parse(PHONE, None))",
        },
        names,
    )

    def over(name: str, base: str) -> float:
        return times[name] / times[base]

    print(
        f"sdcert {sdcert.__version__}, {platform.python_implementation()} "
        f"{platform.python_version()}, one run, valid canonical text"
    )
    print(f"bare compiled P.fullmatch(text): {times['fullmatch'] * 1e9:.0f} ns")
    table(
        "× bare compiled P.fullmatch(text)",
        [
            ("P.fullmatch(text).groups()", over("groups", "fullmatch"), ""),
            ("sdcert.is_valid(text)", over("is_valid", "fullmatch"), "bar: at most 1.4"),
            (
                "sdcert.is_valid(text, codes=book)",
                over("is_valid codes", "fullmatch"),
                "bar: at most 3",
            ),
            ("sdcert.CertificateNumber.parse(text)", over("parse", "fullmatch"), ""),
            ("sdcert.check(text)", over("check", "fullmatch"), ""),
            ("sdcert.check(text, codes=book)", over("check codes", "fullmatch"), ""),
            ("schwifty.IBAN(text)", over("schwifty", "fullmatch"), ""),
            ("stdnum.cn.uscc.validate(text)", over("uscc", "fullmatch"), ""),
            ("phonenumbers.parse + is_valid_number", over("phonenumbers", "fullmatch"), ""),
            ("stdnum.cn.ric.validate(text)", over("ric", "fullmatch"), ""),
        ],
    )
    table(
        "CertificateNumber.parse",
        [
            ("× P.fullmatch(text).groups()", over("parse", "groups"), "bar: at most 2"),
            ("faster than schwifty.IBAN", over("schwifty", "parse"), "bar: at least 8"),
            ("faster than stdnum.cn.ric.validate", over("ric", "parse"), "bar: at least 40"),
            ("faster than stdnum.cn.uscc.validate", over("uscc", "parse"), ""),
            ("faster than phonenumbers", over("phonenumbers", "parse"), ""),
        ],
    )  # fmt: skip
    attrs = importing("attrs")
    table(
        "× import attrs (-X importtime, fresh processes, best of 15)",
        [
            ("import sdcert", importing("sdcert") / attrs, "bar: at most 1.3"),
            (
                "import sdcert.checking (for check())",
                importing("sdcert.checking") / attrs,
                "",
            ),
            ("import sdcert.codes", importing("sdcert.codes") / attrs, ""),
        ],
    )


if __name__ == "__main__":
    main()
