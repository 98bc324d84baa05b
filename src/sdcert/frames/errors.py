"""What can be wrong with a frame or an option, and :class:`InvalidRows`."""

from __future__ import annotations

from typing import Final

import attrs

from sdcert.errors import SdcertError
from sdcert.findings import FindingCode
from sdcert.messages import Bilingual, excerpt, render, sentences, show

__all__ = [
    "UNREADABLE",
    "FrameFault",
    "InvalidRows",
    "MissingColumn",
    "TakenColumn",
    "UnknownField",
    "UnreadableDay",
    "UnsupportedFrame",
    "unsupported",
]

#: The finding of a row of a file whose day of approval cannot be read.
UNREADABLE: Final = "approved-on-unreadable"
_NAMED: Final = 20  # columns that a message names


class FrameFault(SdcertError, ValueError):
    """A frame cannot be checked as asked.

    >>> from sdcert import frames
    >>> issubclass(frames.MissingColumn, frames.FrameFault)
    True
    """


@attrs.define(slots=False)
class MissingColumn(FrameFault, LookupError):
    """The frame has no such column.

    Attributes:
        column: The name that was given.
        columns: What the frame has.
        argument: The argument that gave it.

    >>> import pyarrow as pa
    >>> from sdcert import frames
    >>> try:
    ...     frames.check(pa.table({"编号": ["鲁249102060300001"]}), "证书编号")
    ... except frames.MissingColumn as error:
    ...     print(error.column, error.columns)
    证书编号 ('编号',)
    """

    _text = "frames.missing-column"
    column: str
    columns: tuple[str, ...]
    argument: str = "column"

    def _params(self, lang: str) -> dict[str, object]:
        return super()._params(lang) | {"known": _names(self.columns, lang)}


@attrs.define(slots=False)
class UnknownField(FrameFault, LookupError):
    """``fields`` names a column that there is not, or not with these options.

    Attributes:
        field: The name that was given.
        fields: What can be named.
        why: ``unknown``; ``needs-codes`` or ``needs-rules`` where another argument is missing.

    >>> import pyarrow as pa
    >>> from sdcert import frames
    >>> try:
    ...     frames.check(pa.table({"number": ["鲁249102060300001"]}), "number", fields=["grade"])
    ... except frames.UnknownField as error:
    ...     print(error.field, error.why)
    grade needs-codes
    """

    _text = "frames.field-{why}"
    field: str
    fields: tuple[str, ...]
    why: str = "unknown"

    def _params(self, lang: str) -> dict[str, object]:
        return super()._params(lang) | {"known": _names(self.fields, lang)}


@attrs.define(slots=False)
class TakenColumn(FrameFault):
    """The frame has columns already of the names that the answers would get.

    Attributes:
        columns: Their names.

    >>> import pyarrow as pa
    >>> from sdcert import frames
    >>> checked = frames.check(pa.table({"number": ["鲁249102060300001"]}), "number", fields=False)
    >>> try:
    ...     frames.check(checked, "number", fields=False)
    ... except frames.TakenColumn as error:
    ...     print(error.columns[0])
    sdcert_outcome
    """

    _text = "frames.taken-column"
    columns: tuple[str, ...]

    def _params(self, lang: str) -> dict[str, object]:
        return {"names": _names(self.columns, lang)}


@attrs.define(slots=False)
class UnsupportedFrame(FrameFault, TypeError):
    """A frame, or something beside it, of a kind that cannot be taken.

    Attributes:
        argument: The argument that gave it.
        given: What was given.
        wanted: What is needed.

    >>> from sdcert import frames
    >>> try:
    ...     frames.check({"number": ["鲁249102060300001"]}, "number")
    ... except frames.UnsupportedFrame as error:
    ...     print(error.given)
    builtins.dict
    """

    _text = "frames.unsupported"
    argument: str
    given: str = ""
    wanted: str = ""

    def _key(self) -> str:
        # Of an error that Polars has made again there is but the text that it was made of.
        return super()._key() if self.wanted else ""


@attrs.define(slots=False)
class UnreadableDay(FrameFault):
    """A cell of a column of days is no day.

    Attributes:
        column: The column.
        row: The row, counted from 1.
        value: What is there, as a short text.

    >>> from sdcert.frames import UnreadableDay
    >>> error = UnreadableDay("approved", 3, "2024年")
    >>> error.column, error.row
    ('approved', 3)
    """

    _text = "frames.unreadable-day"
    column: str
    row: int
    value: str


@attrs.define(slots=False)
class InvalidRows(FrameFault):
    """Rows of a frame are not VALID.

    Attributes:
        counts: How many rows have each first finding, the most frequent first; only rows that
            are not VALID.
        rows: How many rows were checked, missing values included.
        first: The first few failures: key (several with commas, or None) and value, each as a
            short text, and finding.

    >>> import pyarrow as pa
    >>> from sdcert import frames
    >>> try:
    ...     frames.require(pa.table({"number": ["鲁249102060300001", "鲁24"]}), "number")
    ... except frames.InvalidRows as error:
    ...     print(error.counts, error.rows)
    (('length', 1),) 2
    """

    _text = "frames.invalid-rows"
    counts: tuple[tuple[str, int], ...]
    rows: int
    first: tuple[tuple[str | None, str, str], ...]

    def _params(self, lang: str) -> dict[str, object]:
        def said(text: str, code: str, **params: object) -> str:
            # A finding has its stable name in English, its label in Chinese.
            return render(f"frames.{text}", lang, code=Bilingual(code, _label(code)), **params)

        counts = [said("count", code, count=count) for code, count in self.counts]
        first = [
            said("failure" if key is None else "failure-with-key", code, key=key, value=value)
            for key, value, code in self.first
        ]
        return {
            "failed": sum(count for _, count in self.counts),
            "rows": self.rows,
            "counts": show(counts, lang),
            "first": sentences(first, lang),
        }


def unsupported(
    argument: str, wanted: str, given: str | None = None, **params: object
) -> UnsupportedFrame:
    """Make an error of the catalogue's words: ``wanted`` and ``given`` are keys.

    Without the second it is the ``type`` among the parameters that was given.
    """
    what = str(params["type"]) if given is None else _both(f"given-{given}", **params)
    return UnsupportedFrame(argument, what, _both(f"wanted-{wanted}", **params))


def _both(key: str, **params: object) -> Bilingual:
    en, zh = (render(f"frames.{key}", lang, **params) for lang in ("en", "zh"))
    return Bilingual(en, zh)


def _names(names: tuple[str, ...], lang: str) -> str:
    # A table without a head has numbers for names in pandas.
    shown = [excerpt(name, 60) for name in names[:_NAMED]]
    return show(shown + ["…"] * (len(names) > _NAMED), lang)


def _label(code: str) -> str:
    return render(f"frames.{code}", "zh") if code == UNREADABLE else FindingCode(code).label("zh")
