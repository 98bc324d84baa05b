"""What a row says of its number, held against the number; some rows at a time.

Of approving and managing bodies it says what :func:`sdcert.checking.check_record` says of one
record. Here is only what a column needs beside: the words in which columns write years, grades and
markers.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sdcert._grammar import MARKER, PREFIX, fold
from sdcert._rules.entries import CodeEntries
from sdcert.audit.findings import AuditCode
from sdcert.checking.records import body_findings
from sdcert.codes import Grade
from sdcert.codes.errors import NO_VALUE
from sdcert.codes.kinds import known_member
from sdcert.frames.arrays import written
from sdcert.frames.errors import unsupported
from sdcert.messages import excerpt
from sdcert.numbering import CertificateNumber

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from sdcert.codes import CodeBook
    from sdcert.frames.query import Check
    from sdcert.numbering import NumberScope

    Judge = Callable[..., AuditCode | None]

__all__ = ["DIGITS", "FOUND", "Comparison"]

#: How many digits the codes have that a column may hold as numbers.
DIGITS: Final = {"approver": 5, "manager": 5}
#: What the names of the columns of findings begin with.
FOUND: Final = "found_"
_KEPT: Final = 1 << 17
_NOT_ISSUED: Final = 10**5  # greater than every sequence
_YEAR: Final = re.compile(r"([0-9]{4})(?:\.0+)?(?:年度?)?")
_CODE: Final = re.compile(r"([0-9]{5})(?:\.0+)?")
#: How a number is written whose last digits a float has not.
_ROUNDED: Final = r"^[0-9](\.[0-9]+)?[eE]\+?[0-9]+$"
# Beside the placeholders of code tables: whose name is not known.
_NOBODY: Final = pa.array([*sorted(NO_VALUE), "不详"])
_MARKED: Final = {
    True: frozenset({"true", "1", "1.0", "yes", "y", "是", "有", "基层", MARKER}),
    False: frozenset({"false", "0", "0.0", "no", "n", "否", "无"}),
}


@attrs.frozen(eq=False)
class Comparison:
    """What an audit asks of a row: the check of its number, and what its other cells say of it.

    Attributes:
        check: The check.
        days: Whether a column of days follows that of the numbers.
        cells: The arguments of the audit that named the other columns.
        issued: The last sequence issued in each scope; None if that is not asked.
    """

    check: Check
    days: bool
    cells: tuple[str, ...]
    issued: Mapping[NumberScope, int] | None
    _judges: dict[str, Judge] = attrs.field(init=False)
    _last: dict[int, int] = attrs.field(init=False)

    @_judges.default
    def _remembering(self) -> dict[str, Judge]:
        judges: dict[str, Judge] = {
            "year": _year, "approver": self._approver, "grade": self._grade, "marker": _marker,
            "manager": self._manager,
        }  # fmt: skip
        return {name: _remembered(judge) for name, judge in judges.items()}

    @_last.default
    def _by_scope(self) -> dict[int, int]:
        issued = self.issued or {}
        return {int(scope.number(1).digits[:10]): last for scope, last in issued.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return Comparison, (self.check, self.days, self.cells, self.issued)

    @property
    def key(self) -> object:
        """What is equal for two comparisons that answer alike."""
        issued = None if self.issued is None else sorted(self.issued.items())
        return "comparison", self.check.key, self.days, self.cells, issued

    @property
    def schema(self) -> dict[str, pa.DataType]:
        """The names of the answers, and their types.

        Those of the check; ``digits``, all 15, and ``marked``, 1 or 0, of the number; ``person``,
        scope and holder; and what was found in each of the other columns.
        """
        asked = [FOUND + name for name in self._judges if name in self.cells]
        beyond = [] if self.issued is None else [FOUND + "issued"]
        person = ["person"] if "holder" in self.cells else []
        numbers = dict.fromkeys(("digits", "marked"), pa.int64())
        return self.check.schema | numbers | dict.fromkeys([*person, *asked, *beyond], pa.string())

    def answer(self, arrays: Sequence[pa.Array]) -> list[pa.Array]:
        """Answer for some rows."""
        given = 2 if self.days else 1
        block, beside = self.check.read(arrays[:given])
        scope = block.year.astype(np.int64) * 10**8 + block.region * np.int64(1_000) + block.series
        numbers = {"digits": scope * 10**5 + block.sequence, "marked": block.marked.astype(int)}
        answers = dict(zip(self.check.schema, self.check.made(block, beside), strict=True))
        answers |= {name: pa.array(each, mask=~block.has) for name, each in numbers.items()}
        bodies = scope, self.check.registry.period(block.year, block.days)
        asked: dict[str, tuple[NDArray[Any], ...]] = {
            "year": (block.year,), "marker": (block.marked,),
        }  # fmt: skip
        has = pa.array(block.has)
        for name, values in zip(self.cells, arrays[given:], strict=True):
            cells = _filled(written(values, DIGITS.get(name, 0)))
            if name == "holder":
                holder = _person(cells).cast(pa.string())
                texts = pa.array(scope, mask=~block.has).cast(pa.string())
                answers["person"] = pc.binary_join_element_wise(texts, holder, " ")
                continue
            cells = pc.if_else(has, cells, pa.scalar(None, cells.type))
            parts = (part.tolist() for part in asked.get(name, bodies))
            found = map(self._judges[name], cells.to_pylist(), *parts)
            answers[FOUND + name] = pa.array([*found], pa.string())
        if self.issued is not None:
            last = np.array([self._last.get(one, _NOT_ISSUED) for one in scope.tolist()], np.int64)
            beyond = pa.array(block.sequence > last)
            answers[FOUND + "issued"] = pc.if_else(
                beyond, AuditCode.BEYOND_ISSUED.value, pa.scalar(None)
            )
        return [answers[name] for name in self.schema]

    def _grade(self, text: str, scope: int, period: int) -> AuditCode | None:
        codes, day = cast("CodeBook", self.check.codes), self.check.registry.day(period)
        titles = CodeEntries.of(_number(scope), codes, day).titles
        grade = known_member(Grade, text)
        if grade is None:
            return AuditCode.GRADE_UNDETERMINED
        if not titles or any(title.grade is grade for title in titles):
            return None
        return AuditCode.GRADE_MISMATCH

    def _approver(self, text: str, scope: int, period: int) -> AuditCode | None:
        if self.check.codes is not None:
            return self._body("approver", text, scope, period)
        code = _CODE.fullmatch(text)
        if code is None:
            return AuditCode.APPROVER_UNDETERMINED  # a name or kind that no table tells
        return None if code[1] == _number(scope).region_code else AuditCode.APPROVER_MISMATCH

    def _manager(self, text: str, scope: int, period: int) -> AuditCode | None:
        return self._body("manager", text, scope, period)

    def _body(self, field: str, text: str, scope: int, period: int) -> AuditCode | None:
        code = _CODE.fullmatch(text)
        found = body_findings(
            _number(scope),
            codes=cast("CodeBook", self.check.codes),
            rules=self.check.rules,
            approved_on=self.check.registry.day(period),
            on=self.check.on,
            **{field: code[1] if code else text},
        )
        return next((AuditCode(one.code) for one in found), None)


def _remembered(judge: Judge) -> Judge:
    """Judge equal cells of equal numbers once; a cell that says nothing has no finding."""

    @lru_cache(_KEPT)
    def judged(text: str | None, *number: int) -> AuditCode | None:
        return None if text is None else judge(text, *number)

    return judged


def _year(text: str, year: int) -> AuditCode | None:
    read = _YEAR.fullmatch(text)
    if read is None:
        return AuditCode.YEAR_UNDETERMINED
    return None if int(read[1]) == 2000 + year else AuditCode.YEAR_MISMATCH


def _marker(text: str, marked: bool) -> AuditCode | None:
    word = fold(text).casefold()
    if word in _MARKED[marked]:
        return None
    known = word in _MARKED[not marked]
    return AuditCode.MARKER_MISMATCH if known else AuditCode.MARKER_UNDETERMINED


def _person(texts: pa.Array) -> pa.Array:
    """Return whom texts name; refuse numbers whose last digits are lost: many would be one.

    A word that stands for no value names nobody.
    """
    rounded = texts.filter(pc.match_substring_regex(texts, _ROUNDED))
    if len(rounded):
        raise unsupported("holder", "person", "rounded", value=excerpt(rounded[0].as_py()))
    nobody = pc.is_in(pc.utf8_lower(texts), _NOBODY.cast(texts.type))
    return pc.if_else(nobody, pa.scalar(None, texts.type), texts)


def _number(scope: int) -> CertificateNumber:
    """Return the first number of a scope: who approved and manages is the same for all."""
    return CertificateNumber.parse(f"{PREFIX}{scope:010}00001")


def _filled(cells: pa.Array) -> pa.Array:
    """Trim texts; blank ones are missing, as in a file that knows no other way to say so."""
    trimmed = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
