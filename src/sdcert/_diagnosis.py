"""What is wrong with a value that is no number. Only this file tells the cases apart.

It runs after the grammar has refused a value, so it may take its time. It reads the text after
steps 1 to 3 of the closed list, remembers where each character stood, and names every deviation
from the layout. It never decides: a value without a number is invalid even if nothing is named.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from sdcert._grammar import (
    BIDI,
    CLOSE,
    INVISIBLE,
    MARKER,
    MORE_WORDS,
    OPEN,
    PREFIX,
    SPACES,
    fold,
    normalize,
    plain_text,
)
from sdcert.findings import Finding, FindingCode, Params
from sdcert.messages import Bilingual, excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["diagnose", "excerpt_of", "is_missing", "name_of", "not_canonical"]

# A text with more visible characters than this is described by its length alone.
_LONGEST: Final = 96

_DELETE: Final = dict.fromkeys(map(ord, INVISIBLE))
_SP: Final = f"[{re.escape(SPACES)}]*"
_MARKERS: Final = re.compile(
    rf"[{re.escape(OPEN)}]{_SP}基{_SP}[层層]{MORE_WORDS}[{re.escape(CLOSE)}]"
    rf"|[{re.escape(OPEN)}]?{_SP}基{_SP}[层層]{_SP}[{re.escape(CLOSE)}]?"
    rf"|[{re.escape(OPEN)}]{_SP}(?:基|[层層]){_SP}[{re.escape(CLOSE)}]?"
)
_SCIENTIFIC: Final = re.compile(r"[0-9]+(?:[.．][0-9]*)?[eEｅＥ][+＋-]?[0-9]+")
_DECIMAL: Final = re.compile(r"[0-9]+[.．][0-9]*")
# the signs of the other provinces, which their own numbers may begin with
_PROVINCES: Final = frozenset(
    "京津沪渝冀豫云辽黑湘皖新苏浙赣鄂桂甘陇晋蒙陕秦吉闽贵黔粤青藏川蜀宁琼滇"
)
# Other numbers that stand in such columns and are told by their length: 15 digits alone, which an
# identity card of before 1999 has as well; 18 characters, as identity cards have since (GB 11643)
# and the certificates of Hunan (湖南省职称资格证书证书编码: grade, series, year, way, unit, serial;
# known from a page on that province's software, http://dk.0739zgl.com, news 34).
_SCHEMES: Final = (
    ("bare-digits", re.compile("[0-9]{15}")),
    (
        "identity-card",
        re.compile(
            "[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
        ),
    ),
    ("hunan", re.compile("[ABC][0-9]{4}[123][0-9]{12}")),
)
_LINE_BREAKS: Final = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_BOUNDARIES: Final = frozenset({0, 2, 7, 10})  # nothing is behind the fifteenth digit
_FIELDS: Final = (*["year"] * 2, *["region_code"] * 5, *["series_code"] * 3, *["sequence"] * 5)
_SLOTS: Final = frozenset(
    {"digit", "letter", "letter-o", "foreign-digit", "superscript", "numeric", "chinese-numeral"}
)
# wrong wherever they stand, and named each for itself
_NEVER: Final = frozenset({"tab", "line-break", "bidi-control", "control", "foreign-space"})


class _Cell(NamedTuple):
    """A character and where it stood in the text as given."""

    char: str
    at: int


def excerpt_of(value: object) -> str:
    """Return a short printable excerpt of any value, without running code of its class."""
    text = plain_text(value)
    if text is not None:
        return excerpt(text)
    cls = type(value)
    if cls is int:
        # a huge int cannot be printed, and need not be
        return excerpt(repr(value)) if cast("int", value).bit_length() <= _LONGEST else "…"
    if cls is float or cls is bool or value is None:
        return repr(value)
    return _type_name(cls)


def _type_name(cls: type) -> str:
    # the attribute of `type` itself: a metaclass may override `__name__` with anything
    return excerpt(type.__dict__["__name__"].__get__(cls))


def is_missing(value: object) -> bool:
    """Tell whether a value stands for no value: None, NaN, or what pandas writes for one."""
    return value is None or _type_name(type(value)) in _MISSING or _is_nan(value)


def name_of(char: str, *, more: bool = False) -> Bilingual:
    """Name a character: by its Unicode name, in Chinese by its code point.

    Args:
        char: The character.
        more: Whether it stands for several of its kind.
    """
    point = f"U+{ord(char):04X}"
    name = unicodedata.name(char, point)
    return Bilingual(f"{name} …", f"{point}等") if more else Bilingual(name, point)


def diagnose(value: object) -> tuple[Finding, ...]:
    """Name everything that keeps ``value`` from being a number, in the order of the text."""
    text = plain_text(value)
    if text is None:
        return (_not_text(value),)
    whole = (0, len(text))
    folded = fold(text)
    if not folded:
        kind = "blank" if text else "nothing"
        return (Finding(FindingCode.EMPTY, "text", whole, Params(kind=kind)),)
    if len(folded) > _LONGEST:
        params = Params(kind="text", count=len(folded))
        return (Finding(FindingCode.LENGTH, "text", whole, params),)
    cells = _cells(text, folded)
    return tuple(sorted(_deviations(cells), key=attrgetter("rank")))


# Compared by identity: a metaclass may hash and compare as it likes.
_KINDS: Final = (
    (type(None), "none"),
    (int, "int"),
    (float, "float"),
    (bytes, "bytes"),
    (bool, "bool"),
)

# The types by which pandas marks a missing value, and those of others of which one value is not
# equal to itself: NaN or NaT.
_MISSING: Final = frozenset({"NAType", "NaTType"})
_SCALARS: Final = frozenset({"float16", "float32", "longdouble", "datetime64", "timedelta64"})


def _is_nan(value: object) -> bool:
    if issubclass(type(value), float):
        number = cast("float", value)
        return float.__ne__(number, number)
    if _type_name(type(value)) not in _SCALARS | {"Decimal"}:
        return False
    try:
        return bool(value != value)  # noqa: PLR0124
    except Exception:  # noqa: BLE001  # a signalling NaN, or a class that only has the name
        return False


def _not_text(value: object) -> Finding:
    cls = type(value)
    kind = next((kind for known, kind in _KINDS if cls is known), "other")
    if _type_name(cls) in _MISSING:
        kind = "none"
    elif _is_nan(value):
        kind = "nan"
    params = Params(kind=kind, type=_type_name(cls), shown=excerpt_of(value))
    return Finding(FindingCode.NOT_TEXT, "text", None, params)


def _cells(text: str, folded: str) -> list[_Cell]:
    """Pair each character of the folded text with its place in the text as given."""
    visible = text.translate(_DELETE)
    start = len(visible) - len(visible.lstrip())
    places = (at for at, char in enumerate(text) if char not in INVISIBLE)
    return list(map(_Cell, folded, islice(places, start, None)))


def _span(cells: list[_Cell]) -> tuple[int, int]:
    return cells[0].at, cells[-1].at + 1


def _text(cells: list[_Cell]) -> str:
    return "".join(cell.char for cell in cells)


def _deviations(cells: list[_Cell]) -> Iterator[Finding]:
    cells, after, marker_finding, marked = _split_marker(cells)
    if marker_finding:
        yield marker_finding
    head, body = _split_head(cells)
    yield from _prefix(head, body, marked)
    yield from _body(body, cells[-1].at + 1 if marked is None else marked)
    yield from _after(after)


def _split_marker(
    cells: list[_Cell],
) -> tuple[list[_Cell], list[_Cell], Finding | None, int | None]:
    """Take the marker, in whatever form it stands, out of the text.

    Returns what stands before it, what stands after it, what is wrong with it, and where it
    begins. A marker that digits follow is misplaced: then all else counts as standing before it.
    """
    matches = list(_MARKERS.finditer(_text(cells)))
    if not matches:
        return cells, [], None, None
    begin, end = matches[0].start(), matches[-1].end()
    before, after = cells[:begin], cells[end:]
    span = _span(cells[begin:end])
    shown = _text(cells[begin:end])
    if any(_kind(cell.char) == "digit" for cell in after):
        kind = "misplaced"
        spans = [range(*match.span()) for match in matches]
        before = [cell for i, cell in enumerate(cells) if not any(i in span for span in spans)]
        after = []
    elif len(matches) > 1:
        kind = "doubled"
    elif shown == MARKER:
        return before, after, None, span[0]
    else:
        kind = _marker_kind(shown)
    params = Params(kind=kind, shown=excerpt(shown))
    return before, after, Finding(FindingCode.MARKER, "marker", span, params), span[0]


def _marker_kind(shown: str) -> str:
    """Tell the form of a single marker that is not the prescribed one."""
    shown = shown.strip(SPACES)
    opened, closed = shown[0] in OPEN, shown[-1] in CLOSE
    word = shown.strip(OPEN + CLOSE)
    if word == "基層":
        return "traditional"
    if word != "基层":
        return "form"
    if not opened and not closed:
        return "no-brackets"
    return "brackets" if opened and closed else "unclosed"


def _split_head(cells: list[_Cell]) -> tuple[list[_Cell], list[_Cell]]:
    """Split off what stands before the digits: through 鲁 or 魯, else all before a digit."""
    for i, cell in enumerate(cells):
        if cell.char in "鲁魯":
            return cells[: i + 1], cells[i + 1 :]
        if _kind(cell.char) in ("digit", "foreign-digit", "superscript"):
            return cells[:i], cells[i:]
    return cells, []


def _prefix(head: list[_Cell], body: list[_Cell], marked: int | None) -> Iterator[Finding]:
    def prefix(kind: str, span: tuple[int, int], shown: str = "") -> Finding:
        return Finding(FindingCode.PREFIX, "prefix", span, Params(kind=kind, shown=excerpt(shown)))

    signed = bool(head) and head[-1].char in "鲁魯"
    before = head[:-1] if signed else head
    kinds = [_kind(cell.char) for cell in before]
    yield from _characters(before, [kind if kind in _NEVER else "" for kind in kinds])
    words = {*kinds} - _NEVER - {"space"}
    whole = _text([*head, *body])
    scheme = next((kind for kind, form in _SCHEMES if form.fullmatch(whole)), None)
    if scheme is not None and marked is None:
        yield prefix(scheme, _span(before) if before else (body[0].at, body[0].at), _text(before))
    elif words:
        wrong = "other-province" if _text(before) in _PROVINCES else "wrong"
        yield prefix("text-before" if signed else wrong, _span(before), _text(before))
    elif not signed:
        at = body[0].at if body else marked or 0
        yield prefix("missing", (at, at))
    if signed and head[-1].char != PREFIX:
        yield prefix("traditional", _span(head[-1:]), head[-1].char)


def _kind(char: str) -> str:
    """Say what a character is to the layout."""
    if char in "0123456789":
        return "digit"
    if char in SPACES:
        return "space"
    if char == "\t":
        return "tab"
    if char in _LINE_BREAKS:
        return "line-break"
    if char in BIDI:
        return "bidi-control"
    category = unicodedata.category(char)
    if category[0] == "C":
        return "control"
    if category[0] == "Z":
        return "foreign-space"
    if category == "Nd":
        return "foreign-digit"
    if unicodedata.numeric(char, None) is not None:
        if category == "Lo" or char == "〇":
            return "chinese-numeral"
        return "numeric" if unicodedata.digit(char, None) is None else "superscript"
    if char in "OoΟοОоＯｏ":
        return "letter-o"
    if category in ("Lu", "Ll", "Lt"):
        return "letter"
    return "separator" if category[0] in "PS" else "text"


def _body(body: list[_Cell], end: int) -> Iterator[Finding]:
    written = _text([cell for cell in body if cell.char not in SPACES])
    for damage, pattern in (("scientific-notation", _SCIENTIFIC), ("decimal", _DECIMAL)):
        if pattern.fullmatch(written):
            params = Params(kind=damage, shown=excerpt(written))
            inner = [cell for cell in body if cell.char not in SPACES]
            yield Finding(FindingCode.DIGITS, "digits", _span(inner), params)
            return

    kinds = [_kind(cell.char) for cell in body]
    slots = [i for i, kind in enumerate(kinds) if kind in _SLOTS]
    if {kinds[i] for i in slots[len(_FIELDS) :]} <= {"letter", "letter-o"}:
        # words after the last digit are no digits gone wrong
        slots = slots[: len(_FIELDS)]
    if len(slots) == len(_FIELDS):
        tail = slots[-1] + 1
        yield from _after(body[tail:])
        body, kinds = body[:tail], kinds[:tail]
        yield from _spaces(body, kinds)
        if all(body[i].char == "0" for i in slots[10:]):
            zeros = [body[i] for i in slots[10:]]
            yield Finding(FindingCode.SEQUENCE_ZERO, "sequence", _span(zeros))
    else:
        span = _span([body[i] for i in slots]) if slots else (end, end)
        params = Params(
            kind="long" if slots[len(_FIELDS) :] else "short",
            count=len(slots),
            expected=len(_FIELDS),
        )
        yield Finding(FindingCode.LENGTH, "digits", span, params)
    yield from _characters(body, kinds)


def _after(cells: list[_Cell]) -> Iterator[Finding]:
    """Name what follows the fifteenth digit or the marker; spaces may."""
    kinds = [_kind(cell.char) for cell in cells]
    while kinds and kinds[0] == "space":
        cells, kinds = cells[1:], kinds[1:]
    if {*kinds} - _NEVER - {"space"}:
        params = Params(kind="text-after", shown=excerpt(_text(cells)))
        yield Finding(FindingCode.LAYOUT, "text", _span(cells), params)
    yield from _characters(cells, [kind if kind in _NEVER else "" for kind in kinds])


def _spaces(body: list[_Cell], kinds: list[str]) -> Iterator[Finding]:
    """Name the spaces that stand inside a field."""
    passed = 0
    for cell, kind in zip(body, kinds, strict=True):
        if kind in _SLOTS:
            passed += 1
        elif kind == "space" and passed not in _BOUNDARIES:
            params = Params(kind="space", shown=excerpt(cell.char))
            yield Finding(FindingCode.LAYOUT, _FIELDS[passed], _span([cell]), params)


def _characters(body: list[_Cell], kinds: list[str]) -> Iterator[Finding]:
    """Name each run of characters of one kind that are neither digits nor spaces."""
    aligned = sum(kind in _SLOTS for kind in kinds) == len(_FIELDS)
    passed = 0
    for kind, group in groupby(zip(kinds, body, strict=True), key=lambda pair: pair[0]):
        run = [cell for _, cell in group]
        if kind in _SLOTS:
            field = _FIELDS[passed] if aligned else "digits"
            passed += len(run)
        else:
            field = "text"
        if kind in ("", "digit", "space"):
            continue
        code = FindingCode.DIGITS if kind in _SLOTS else FindingCode.LAYOUT
        shown = _text(run)
        name = name_of(shown[0], more=len({*shown}) > 1)
        visible = name if kind in ("foreign-space", "control", "bidi-control") else excerpt(shown)
        yield Finding(code, field, _span(run), Params(kind=kind, shown=visible, name=name))


def not_canonical(text: str) -> Finding:
    """Report what normalisation changed in a text that it could make canonical."""
    normalized = normalize(text)
    kinds = tuple(dict.fromkeys(edit.kind for edit in normalized.edits))
    params = Params(
        kind=kinds[0], edits=len(normalized.edits), kinds=" ".join(kinds), canonical=normalized.text
    )
    span = (normalized.edits[0].span[0], normalized.edits[-1].span[1])
    return Finding(FindingCode.NOT_CANONICAL, "text", span, params)
