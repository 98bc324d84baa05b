"""Rule files.

``RuleBook.load`` gives a book or raises RuleFileError, whose messages are printable and bounded.
A book answers every query of every body and grade with a decision that has words in both languages,
is the same after a pickle, and goes together with the bundled documents in either order alike.

An input is a TOML file, or blocks of a TOML file and the text of its notice.
"""

import pickle
from collections.abc import Iterator
from datetime import date
from importlib import resources
from itertools import product

from sdcert import RuleBook
from sdcert.codes import AuthorityKind, Grade
from sdcert.rules import Form, RuleConflict, RuleFileError
from tests.fuzz import blocks_of, file_of, joined
from tests.fuzz.worded import worded

__all__ = ["WORDS", "invariant", "seeds"]

BUNDLED = RuleBook.bundled()
DAYS = (None, date(2019, 1, 27), date(2020, 6, 1), date(2024, 6, 1))

WORDS = ["[[clause]]\n", "[[clause.manager]]\n", "[[clause.form]]\n", "[[clause.numbering]]\n"]
WORDS += ["[[clause.seal]]\n", "[[clause.reissue]]\n", "[[clause.reissue.step]]\n"]
WORDS += ["[[clause.report]]\n", "[[clause.omits]]\n", "[[clause.manager.note]]\n"]
WORDS += ["[[document.note]]\n", "approved_by = ", "grades = ", "basis = ", "manager = ", "see = "]
WORDS += ["alternatives = ", "codes_of = ", "years = ", "sealed_by = ", "forms = ", "days = "]
WORDS += [
    "place = ",
    "quote = ",
    "binds = ",
    "extends = ",
    "repeals = ",
    "under = ",
    "secondary = ",
]
WORDS += ["in_force_from = ", "in_force_through = ", "force_clause = ", "actor = ", "query = "]
WORDS += [f'["{one.value}"]' for one in AuthorityKind] + [f'["{one.value}"]' for one in Grade]
WORDS += ['"stated"', '"discretion"', '"undetermined"', '"principle"', '"by-reference"', '"itself"']
WORDS += ['"paper"', '"electronic"', '"binding"', '"optional"', '"province"', '"99"', "2020-01-01"]

HEAD = """format = 1
[document]
number = "示例〔2020〕1号"
title = "示例"
issuer = "示例"
dated = 2020-01-01
in_force_from = 2020-01-01
binds = "99"
"""
CLAUSES = (
    """[[clause.manager]]
approved_by = ["city-department"]
grades = ["intermediate", "junior"]
basis = "stated"
manager = "city-hrss"
""",
    """[[clause.form]]
approved_by = ["city-hrss", "county-hrss"]
grades = ["senior"]
basis = "discretion"
form = "paper"
alternatives = ["electronic"]
years = [2020, 2021]
[[clause.form.note]]
kind = "reading"
en = "a reading"
zh = "解读"
grades = ["senior"]
""",
    """[[clause.numbering]]
grades = ["junior"]
basis = "undetermined"
alternatives = ["binding", "optional"]
[[clause.omits]]
query = "numbering"
approved_by = ["other"]
grades = ["junior"]
""",
    """[[clause.seal]]
approved_by = ["city-hrss"]
forms = ["paper"]
basis = "stated"
sealed_by = "itself"
""",
    """[[clause.reissue]]
form = "paper"
basis = "stated"
[[clause.reissue.step]]
actor = "holder"
zh = "申请"
en = "apply"
[[clause.report]]
basis = "stated"
days = 30
""",
)
CLAUSE = """[[clause]]
place = "第{}条"
quote = "持证人申请{}"
"""


def seeds() -> Iterator[bytes]:
    every = [CLAUSE.format(at, at) + clause for at, clause in enumerate(CLAUSES, 1)]
    for clause in every:
        yield (HEAD + clause).encode()
    whole = HEAD + "".join(every)
    source = "".join(f"持证人申请\n{at}" for at in range(9))
    yield joined({"notice.toml": whole.encode(), "source.txt": source.encode()})
    for file in (resources.files("sdcert._rules") / "data").iterdir():
        if file.name.endswith("2024-5.toml"):
            yield file.read_bytes()


def invariant(data: bytes) -> None:
    parts = blocks_of(data)
    source = parts.get("source.txt")
    text = None if source is None else source.decode("utf-8", "replace")
    with file_of("notice.toml", parts.get("notice.toml", b"") if parts else data) as path:
        try:
            book = RuleBook.load(path, source=text)
        except RuleFileError as error:
            worded(error)
            return
    assert pickle.loads(pickle.dumps(book)) == book
    [document] = book.documents
    _answers(book, document.binds)
    try:
        both = BUNDLED.overlay(book)
    except RuleConflict as error:
        worded(error)
        both = None
    try:
        assert book.overlay(BUNDLED) == both
    except RuleConflict as error:
        worded(error)
        assert both is None
    if both is not None:
        _answers(both, document.binds)


def _answers(book: RuleBook, city: str | None) -> None:
    for on in DAYS:
        for kind, grade in product(AuthorityKind, Grade):
            if kind.under_city or city is None:
                _decided(book.manager(kind, grade, city=city, on=on))
                _decided(book.form(kind, grade, city=city, on=on))
                _decided(book.form(kind, grade, city=city, year=2020, on=on))
                _decided(book.numbering(kind, grade, city=city, on=on))
        for form in Form:
            _decided(book.reissue(form, city=city, on=on))
            _decided(book.sealer(AuthorityKind.OTHER, form=form, city=city, on=on))
        if on is not None:
            _decided(book.in_force(on, city=city))
            _decided(book.reporting_deadline(on, city=city))


def _decided(decision) -> None:
    for lang in ("en", "zh"):
        assert decision.text(lang)
        assert all(map(str.isprintable, decision.text(lang).split("\n")))
        assert decision.as_dict(lang)
