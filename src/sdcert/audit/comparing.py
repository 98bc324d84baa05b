"""What a row says of its number, held against the number; some rows at a time.

Of approving and managing bodies :func:`sdcert.checking.check_record` says what it says of one
record, asked once for each scope, period and cell. Here is only what a column needs beside: the
names of bodies, and the words in which columns write years, grades and markers.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sdcert._memo import Memo
from sdcert._rules.entries import CodeEntries
from sdcert.audit.findings import AuditCode
from sdcert.checking import check_record
from sdcert.codes import AuthorityKind, Grade, UnknownWord
from sdcert.dates import EPOCH, days_since_epoch
from sdcert.frames.answers import books_key, written
from sdcert.frames.errors import unsupported
from sdcert.frames.query import days_of_array
from sdcert.frames.registry import NO_DAY, registry_of
from sdcert.messages import excerpt
from sdcert.numbering import CertificateNumber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from sdcert.codes import CodeBook
    from sdcert.numbering import NumberScope
    from sdcert.rules import RuleBook

__all__ = ["DIGITS", "Comparison"]

#: The columns that can be compared with the number, in the order of the answers.
_COMPARED: Final = ("year", "approver", "grade", "marker", "manager")
#: How many digits the codes have that a column may hold as numbers.
DIGITS: Final = {"approver": 5, "manager": 5}
_KEPT: Final = 1 << 17
_UNKNOWN: Final = object()
_YEAR: Final = re.compile(r"([0-9]{4})(?:\.0+)?(?:年度?)?")
_CODE: Final = re.compile(r"([0-9]{5})(?:\.0+)?")
#: How a number is written whose last digits a float has not.
_ROUNDED: Final = r"^[0-9](\.[0-9]+)?[eE]\+?[0-9]+$"
_MARKED: Final = {
    True: frozenset({"true", "1", "1.0", "yes", "y", "是", "有", "基层", "（基层）"}),
    False: frozenset({"false", "0", "0.0", "no", "n", "否", "无"}),
}
_UNDETERMINED: Final = {
    "approver": AuditCode.APPROVER_UNDETERMINED,
    "manager": AuditCode.MANAGER_UNDETERMINED,
}


@attrs.frozen(eq=False)
class Comparison:
    """What an audit asks of a row beside the check."""

    columns: tuple[str, ...]  # the texts behind the number: day, holder, or of _COMPARED
    codes: CodeBook | None
    rules: RuleBook | None
    approved_on: date | None  # one day for all rows
    on: date | None  # as for sdcert.rules.manager_of()
    issued: Mapping[NumberScope, int] | None  # the last sequences; None if that is not asked
    _known: Memo[tuple[str, int, int, str], AuditCode | None] = attrs.field(
        factory=lambda: Memo(_KEPT), init=False
    )
    _named: dict[str, tuple[str, ...]] = attrs.field(init=False)

    @_named.default
    def _names_of_bodies(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for entry in () if self.codes is None else self.codes.regions():
            found.setdefault(_folded(entry.name), {})[entry.code] = None
        return {name: tuple(codes) for name, codes in found.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return Comparison, attrs.astuple(self, recurse=False, filter=_init)

    @property
    def key(self) -> object:
        """What is equal for two comparisons that answer alike."""
        books = books_key(self.codes, self.rules)
        issued = None if self.issued is None else sorted(self.issued.items())
        return "comparison", books, self.columns, self.approved_on, self.on, issued

    @property
    def asked(self) -> list[str]:
        """What is compared, as the answers name it."""
        found = [name for name in _COMPARED if name in self.columns]
        return found + ([] if self.issued is None else ["issued"])

    @property
    def schema(self) -> dict[str, pa.DataType]:
        """The names of the answers, and their types.

        ``digits`` (all 15), ``scope`` (the first ten) and ``marked`` (1 or 0) of the number; the
        ``holder``, if it is not blank; and for each of :attr:`asked` what was found.
        """
        numbers = dict.fromkeys(("digits", "scope", "marked"), pa.int64())
        texts = ["holder"] if "holder" in self.columns else []
        types = numbers | dict.fromkeys([*texts, *self.asked], pa.string())
        return {f"audit_{name}": kind for name, kind in types.items()}

    def answer(self, texts: Sequence[pa.Array]) -> list[pa.Array]:
        """Answer for some rows."""
        cells = {
            name: values if name == "day" else written(values, DIGITS.get(name, 0))
            for name, values in zip(("canonical", *self.columns), texts, strict=True)
        }
        canonical = cells["canonical"]
        digits = pc.utf8_slice_codeunits(canonical, 1, 16).cast(pa.int64())
        scope = pc.divide(digits, 10**5)
        marked = pc.greater(pc.utf8_length(canonical), 16).cast(pa.int64())
        answers = {"digits": digits, "scope": scope, "marked": marked}
        if "holder" in cells:
            answers["holder"] = _person(_filled(cells["holder"])).cast(pa.string())
        scopes, marks = map(_numbers, (scope, marked))
        periods = self._periods(cells.get("day"), len(canonical))
        judges: dict[str, tuple[NDArray[np.int64], Callable[..., AuditCode | None]]] = {
            "year": (scopes // 10**8, _year),
            "approver": (scopes, self._approver),
            "grade": (scopes, self._grade),
            "marker": (marks, _marker),
            "manager": (scopes, self._manager),
        }
        for name in self.asked:
            if name == "issued":
                answers[name] = self._beyond(scopes, _numbers(digits))
            else:
                given = pc.if_else(canonical.is_valid(), _filled(cells[name]), None)
                answers[name] = self._compare(name, *judges[name], periods, given)
        return [answers[name.removeprefix("audit_")] for name in self.schema]

    def _periods(self, days: pa.Array | None, rows: int) -> NDArray[np.int64]:
        """Return for each row a day on which the tables say the same as on its own."""
        if days is None:
            return np.full(
                rows, NO_DAY if self.approved_on is None else days_since_epoch(self.approved_on)
            )
        return registry_of(self.codes, 1).alike(days_of_array(days))

    def _compare(  # ours alone
        self,
        name: str,
        numbers: NDArray[np.int64],
        judge: Callable[[int, date | None, str], AuditCode | None],
        periods: NDArray[np.int64],
        given: pa.Array,
    ) -> pa.Array:
        """Judge each number, period and cell once; a cell that says nothing has no answer."""
        cells = given.dictionary_encode()
        texts = [*cells.dictionary.to_pylist(), None]
        places = cells.indices.fill_null(len(texts) - 1).to_numpy().astype(np.int64)
        several, number_at = np.unique(numbers, return_inverse=True)
        days, day_at = np.unique(periods, return_inverse=True)
        distinct, at = np.unique(
            (number_at * len(days) + day_at) * len(texts) + places, return_inverse=True
        )
        rest, place = np.divmod(distinct, len(texts))
        asked = (several[rest // len(days)], days[rest % len(days)], place)
        found = []
        for number, period, cell in zip(*(part.tolist() for part in asked), strict=True):
            text = texts[cell]
            key = name, number, period, text
            answer = None if text is None else self._known.get(key, _UNKNOWN)
            if answer is _UNKNOWN:  # engines call from several threads
                day = None if period == NO_DAY else EPOCH + timedelta(period)
                answer = self._known.put(key, judge(number, day, text))
            found.append(answer)
        return pa.array(found, pa.string()).take(pa.array(at))

    def _beyond(self, scopes: NDArray[np.int64], digits: NDArray[np.int64]) -> pa.Array:
        issued = cast("Mapping[NumberScope, int]", self.issued)
        several, at = np.unique(scopes, return_inverse=True)
        last = np.array([issued.get(_number(one).scope, 10**5) for one in several.tolist()], int)
        beyond = digits % 10**5 > last[at]
        return pc.if_else(pa.array(beyond), AuditCode.BEYOND_ISSUED.value, pa.scalar(None))

    def _grade(self, scope: int, day: date | None, text: str) -> AuditCode | None:
        titles = CodeEntries.of(_number(scope), cast("CodeBook", self.codes), day).titles
        try:
            grade = Grade.from_words(text)
        except UnknownWord:
            return AuditCode.GRADE_UNDETERMINED
        if not titles or any(title.grade is grade for title in titles):
            return None
        return AuditCode.GRADE_MISMATCH

    def _approver(self, scope: int, day: date | None, text: str) -> AuditCode | None:
        number = _number(scope)
        bodies = self._bodies(text)
        if self.codes is None:
            if not bodies or isinstance(bodies[0], AuthorityKind):
                return AuditCode.APPROVER_UNDETERMINED  # a name or kind that no table tells
            return None if bodies[0] == number.region_code else AuditCode.APPROVER_MISMATCH
        if _folded(text) in self._named:
            own = {_folded(body.name) for body in CodeEntries.of(number, self.codes, day).regions}
            if own == {_folded(text)}:
                return None
            if number.region_code in bodies:
                # It is a name of the code, but on other days, or one of two on these.
                return AuditCode.APPROVER_UNDETERMINED
        return self._best("approver", number, day, bodies)

    def _manager(self, scope: int, day: date | None, text: str) -> AuditCode | None:
        return self._best("manager", _number(scope), day, self._bodies(text))

    def _best(
        self,
        field: str,
        number: CertificateNumber,
        day: date | None,
        bodies: Iterable[AuthorityKind | str],
    ) -> AuditCode | None:
        """Return what is found if the cell means the body that fits best; none is undetermined."""
        found: list[AuditCode] = []
        for body in bodies:
            verdict = check_record(
                number,
                codes=cast("CodeBook", self.codes),
                rules=cast("RuleBook", self.rules),  # no rule is asked who approved
                approved_on=day,
                on=self.on,
                **{field: body},
            )
            codes = [AuditCode(one.code) for one in verdict.findings if one.field == field]
            if not codes:
                return None
            found += codes
        undetermined = _UNDETERMINED[field]
        return undetermined if not found or undetermined in found else found[0]

    def _bodies(self, text: str) -> tuple[AuthorityKind | str, ...]:
        """Return the bodies that a cell may mean: by code, by name, or a kind of them."""
        if code := _CODE.fullmatch(text):
            return (code[1],)
        folded = _folded(text)
        if folded in self._named:
            return self._named[folded]
        try:
            return (AuthorityKind.from_words(text),)
        except UnknownWord:
            return ()


def _init(attribute: attrs.Attribute[Any], value: object) -> bool:
    return attribute.init


def _year(year: int, day: date | None, text: str) -> AuditCode | None:
    read = _YEAR.fullmatch(text)
    if read is None:
        return AuditCode.YEAR_UNDETERMINED
    return None if int(read[1]) == 2000 + year else AuditCode.YEAR_MISMATCH


def _marker(marked: int, day: date | None, text: str) -> AuditCode | None:
    word = _folded(text).casefold()
    if word in _MARKED[bool(marked)]:
        return None
    known = word in _MARKED[not marked]
    return AuditCode.MARKER_MISMATCH if known else AuditCode.MARKER_UNDETERMINED


def _person(texts: pa.Array) -> pa.Array:
    """Refuse numbers whose last digits are lost: several people would be one."""
    rounded = texts.filter(pc.match_substring_regex(texts, _ROUNDED))
    if len(rounded):
        raise unsupported("holder", "person", "rounded", value=excerpt(rounded[0].as_py()))
    return texts


def _folded(text: str) -> str:
    return text.replace("(", "（").replace(")", "）")


def _number(scope: int) -> CertificateNumber:
    """Return the first number of a scope: who approved and manages is the same for all."""
    rest, series = divmod(scope, 10**3)
    year, region = divmod(rest, 10**5)
    return CertificateNumber(2000 + year, f"{region:05}", f"{series:03}", 1)


def _numbers(array: pa.Array) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = array.fill_null(0).to_numpy()
    return numbers


def _filled(cells: pa.Array) -> pa.Array:
    """Trim texts; blank ones are missing, as in a file that knows no other way to say so."""
    trimmed = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
