"""The written number. Only this file knows its layout, and which other forms are loss-free.

The grammar, as the provincial regulation states it (鲁人社规〔2018〕22号, 第五条):

    评审通过的职称证书编号由山东省统一标识“鲁”加15位数字组成，第1至2位数字为评审年度，
    第3至7位数字为地区部门识别代码，第8至10位数字为职称系列级别识别代码，
    第11至15位为职称证书的顺序编号。
    （三）按照“定向评价、定向使用”基层职称制度核准公布的基层职称证书，在编号后附加“（基层）”标识。

``00001`` is the first sequence (“第一本职称证书”); ``00000`` is none. The canonical form
is compact, as 聊人社字〔2019〕27号, 一, prints it, with U+FF08 and U+FF09 round the marker.
"""

from __future__ import annotations

import re
from typing import Final, cast

import attrs

__all__ = [
    "BIDI",
    "CLOSE",
    "DAMAGED_MARKER",
    "DIGITS",
    "FIRST",
    "FIRST_YEAR",
    "FOLD_DIGITS",
    "FULL_WIDTH",
    "INVISIBLE",
    "LAST",
    "LAST_YEAR",
    "MARKER",
    "MORE_WORDS",
    "OPEN",
    "PATTERN",
    "PREFIX",
    "RUNNING",
    "SPACES",
    "Edit",
    "Normalized",
    "canonical_match",
    "canonicalize",
    "fold",
    "normalize",
    "plain_text",
]

PREFIX: Final = "鲁"
MARKER: Final = "（基层）"
FIRST_YEAR: Final = 2000  # a year is always 2000 + yy (第1至2位)
LAST_YEAR: Final = 2099
FIRST: Final = 1  # of the sequence
LAST: Final = 99_999
# Where a part stands in the 15 digits.
DIGITS: Final = {"year": (0, 2), "region": (2, 7), "series": (7, 10), "sequence": (10, 15)}

PATTERN: Final = (
    "鲁[0-9]{2}[0-9]{5}[0-9]{3}"
    "(?:[0-9]{4}[1-9]|[0-9]{3}[1-9]0|[0-9]{2}[1-9]00|[0-9][1-9]000|[1-9]0000)"
    "(?:（基层）)?"
)
"""The canonical text as regex source for any engine: RE2, Java, PostgreSQL, ECMAScript, ``re``.

ASCII digit classes, no anchors, no named groups, no look-around; it excludes sequence 00000. Anchor
it with your engine's own full match (``re.fullmatch``, ``String.matches``, ``^(?:…)$`` where ``$``
is the end of the text alone).

>>> import re
>>> re.fullmatch(PATTERN, "鲁181402001200001") is not None
True
>>> re.fullmatch(PATTERN, "鲁181402001200000") is not None
False
"""

# The same language for this engine, which has look-ahead: one alternative instead of five.
canonical_match: Final = re.compile(
    "鲁[0-9]{10}(?!00000)[0-9]{5}(?:（基层）)?",
).fullmatch

# The closed list of loss-free changes (a reading of ours, docs: The number).
# 1. deleted anywhere
INVISIBLE: Final = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060"
# 4. dropped at field boundaries only
SPACES: Final = " \u00a0\u3000\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f"
# never dropped: they change what a reader sees
BIDI: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# brackets that people set round the marker instead of its own
OPEN: Final = "(（[［【〔「『〈《<{｛〖﹙﹛﹝⟨❨"
CLOSE: Final = ")）]］】〕」』〉》>}｝〗﹚﹜﹞⟩❩"
# quotation marks and separators that stand there as well
_MARKS: Final = "\"'“”‘’＂＇*＊_＿/／·-－–—"

FULL_WIDTH: Final = "０１２３４５６７８９"
# 2. folded, one character to one
FOLD_DIGITS: Final = {ord(wide): str(digit) for digit, wide in enumerate(FULL_WIDTH)}
_DELETE_AND_FOLD: Final = FOLD_DIGITS | dict.fromkeys(map(ord, INVISIBLE))
_ROUND_MARKER: Final = re.compile(r"[(（]基层[)）]")
_SPACED: Final = re.compile(
    f"(鲁)[{SPACES}]*([0-9]{{2}})[{SPACES}]*([0-9]{{5}})[{SPACES}]*([0-9]{{3}})[{SPACES}]*"
    f"((?!00000)[0-9]{{5}})[{SPACES}]*(（基层）)?"
)

# A number in running text: every form that the closed list allows, unless what follows continues
# it: a digit or number sign of any script, a letter other than a Chinese character, a decimal part
# or another number behind an underscore.
_Z: Final = f"[{INVISIBLE}]*+"
_GAP: Final = f"[{INVISIBLE}{SPACES}]*+"


def _digits(count: int) -> str:
    return _Z.join([f"[0-9{FULL_WIDTH}]"] * count)


# compiled, and kept by re, when first used
RUNNING: Final = (
    f"鲁{_GAP}{_digits(2)}{_GAP}{_digits(5)}{_GAP}{_digits(3)}{_GAP}"
    f"(?!{_Z.join(['[0０]'] * 5)}){_digits(5)}"
    rf"(?!{_Z}(?:[^\W_㐀-鿿豈-\ufaff\U00020000-\U0003ffff]|[.．_]\d))"
    f"(?:{_GAP}[(（]{_Z}基{_Z}层{_Z}[)）])?"
)
# Behind a number: what is meant for the marker and is not the marker, whatever stands amid its
# signs. Without any bracket, only where no word goes on (基层医生 is one).
MORE_WORDS: Final = rf"(?:[^\s0-9０-９{re.escape(OPEN + CLOSE)}]{{1,16}})"  # as in （基层医生）
_AMID: Final = rf"[{INVISIBLE}{BIDI}\s]*+"
_WORD: Final = f"{_AMID}基{_AMID}[层層]{_AMID}"
DAMAGED_MARKER: Final = (
    rf"[{INVISIBLE}\s]*+(?:[{re.escape(OPEN)}]{_WORD}(?:{MORE_WORDS}?[{re.escape(CLOSE)}])?"
    rf"|[{re.escape(_MARKS + OPEN)}]{{0,3}}{_WORD}(?:[{re.escape(CLOSE + _MARKS)}]{{1,3}}|(?!\w)))"
)


@attrs.frozen
class Edit:
    """One change that normalisation made.

    Attributes:
        kind: ``invisible`` (step 1), ``full-width-digits`` or ``half-width-parenthesis`` (step 2),
            ``outer-space`` (step 3), ``field-space`` (step 4).
        span: Start and end (excluded) in the text as it was given.
        before: The characters there.
        after: What stands for them now; empty where they were dropped.

    >>> from sdcert import normalize
    >>> normalize("鲁 181402001200001").edits[0]
    Edit(kind='field-space', span=(1, 2), before=' ', after='')
    """

    kind: str
    span: tuple[int, int]
    before: str
    after: str


@attrs.frozen
class Normalized:
    """A text after normalisation, and every change that led there, by span.

    Attributes:
        text: The result.
        edits: The changes; empty if the text is as it was given.

    >>> from sdcert import normalize
    >>> normalized = normalize("鲁１８1402001200001")
    >>> normalized.text, [edit.kind for edit in normalized.edits]
    ('鲁181402001200001', ['full-width-digits'])
    """

    text: str
    edits: tuple[Edit, ...] = ()


def plain_text(value: object) -> str | None:
    """Return ``value`` as an exact str if it is one by its type, whatever its class pretends."""
    return str.__str__(cast("str", value)) if issubclass(type(value), str) else None


def fold(text: str) -> str:
    """Apply steps 1 to 3 of the closed list, without a report."""
    folded = text.translate(_DELETE_AND_FOLD).strip()
    return _ROUND_MARKER.sub(MARKER, folded)


def canonicalize(text: str) -> str | None:
    """Return the canonical text that the closed list makes of ``text``, else None."""
    match = _SPACED.fullmatch(fold(text))
    return "".join(match.groups("")) if match else None


def normalize(text: str) -> Normalized:
    r"""Bring a written number into canonical form where that loses and invents nothing.

    The list of changes is closed (a reading of ours of what real files need; the regulations are
    silent on it):

    1. U+FEFF, U+200B–U+200F and U+2060 are deleted anywhere;
    2. full-width digits become ASCII, half-width parentheses round the marker full-width;
    3. white space is trimmed at both ends;
    4. horizontal spaces are dropped after 鲁, between the fields and before the marker, where the
       result is then canonical; elsewhere nothing is dropped.

    It never judges: a text that is no number comes back, perhaps trimmed.

    Args:
        text: Any text.

    Returns:
        The result and each change with its span in ``text``.

    Raises:
        TypeError: If ``text`` is not a str.

    >>> normalize(" 鲁 17 00001 011 ００００1(基层)").text
    '鲁170000101100001（基层）'
    >>> [edit.kind for edit in normalize("鲁 181402001200001\n").edits]
    ['field-space', 'outer-space']
    >>> normalize("鲁 1814 02001200001")
    Normalized(text='鲁 1814 02001200001', edits=())
    >>> normalize(181402001200001)
    Traceback (most recent call last):
        ...
    TypeError: text must be a str, not int
    """
    plain = plain_text(text)
    if plain is None:
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    text = plain
    if canonical_match(text):
        return Normalized(text)
    changes: list[tuple[int, str, str]] = []  # (position in text, kind, what stands there now)
    kept: list[int] = []
    for position, char in enumerate(text):
        if char in INVISIBLE:
            changes.append((position, "invisible", ""))
        else:
            kept.append(position)
    bare = "".join(map(text.__getitem__, kept))
    start, stop = len(bare) - len(bare.lstrip()), len(bare.rstrip())
    changes.extend((kept[i], "outer-space", "") for i in range(len(bare)) if not start <= i < stop)
    result = bare[start:stop].translate(FOLD_DIGITS)
    result = _ROUND_MARKER.sub(MARKER, result)
    for i, (old, new) in enumerate(zip(bare[start:stop], result, strict=True), start):
        if old != new:
            kind = "half-width-parenthesis" if new in MARKER else "full-width-digits"
            changes.append((kept[i], kind, new))
    match = _SPACED.fullmatch(result)
    if match:
        fields = {i for group in range(1, 7) for i in range(*match.span(group))}
        changes.extend(
            (kept[start + i], "field-space", "") for i in range(len(result)) if i not in fields
        )
        result = "".join(match.groups(""))
    return Normalized(result, _runs(text, sorted(changes)))


def _runs(text: str, changes: list[tuple[int, str, str]]) -> tuple[Edit, ...]:
    """Join neighbouring changes of one kind into one edit."""
    edits: list[Edit] = []
    first = 0
    for last, (position, kind, _) in enumerate(changes):
        if last + 1 < len(changes) and changes[last + 1][:2] == (position + 1, kind):
            continue
        run = changes[first : last + 1]
        span = (run[0][0], position + 1)
        edits.append(Edit(kind, span, text[slice(*span)], "".join(new for *_, new in run)))
        first = last + 1
    return tuple(edits)
