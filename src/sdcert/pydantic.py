"""Certificate numbers in Pydantic 2: what the field type alone cannot say.

:class:`~sdcert.numbering.CertificateNumber` is a field type as it is. Here is what goes beside it
in ``Annotated``: the code book and the day (extra ``pydantic``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from sdcert.checking import check, is_valid
from sdcert.codes import CodeBook
from sdcert.errors import MissingExtra
from sdcert.findings import Outcome, Severity

try:
    from pydantic_core import PydanticCustomError, core_schema

    from sdcert import _pydantic
except ImportError:
    raise MissingExtra("sdcert.pydantic", "pydantic") from None

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from pydantic import GetCoreSchemaHandler
    from pydantic_core.core_schema import CoreSchema, ValidationInfo

    from sdcert.numbering import CertificateNumber

__all__ = ["LANG_KEY", "Registered"]

LANG_KEY: Final = _pydantic.LANG_KEY
"""The key in Pydantic's validation context that holds the language of messages, en or zh."""


@attrs.frozen(kw_only=True)
class Registered:
    """Asks that both codes of a number be registered and in force (第五条（一）（二）).

    It stands beside the type: ``Annotated[CertificateNumber, Registered(codes=book)]``. What it
    checks is what :func:`sdcert.checking.check` checks; warnings refuse nothing. A code that a
    fragment or example table does not list cannot be judged, and is refused unless
    ``undetermined`` says otherwise: unknown is never valid.

    Attributes:
        codes: The code book.
        approved_on: The day of approval (核准公布) that the codes are read as of; or the name of
            a field of the same model that holds it, declared before this one (None in that field
            is no day); None for no day.
        window_years: Without a day, as for :func:`sdcert.checking.check`.
        undetermined: Let numbers pass whose codes the tables at hand cannot judge.

    Raises:
        TypeError: If ``codes`` is no code book, ``approved_on`` no day or name, ``window_years``
            no int.
        ValueError: If ``window_years`` is out of its bounds.

    >>> from typing import Annotated
    >>> from pydantic import TypeAdapter
    >>> from sdcert import CertificateNumber, CodeBook
    >>> attested = Annotated[CertificateNumber, Registered(codes=CodeBook.bundled())]
    >>> TypeAdapter(attested).validate_python("鲁 181402001200001")
    CertificateNumber(year=2018, region_code='14020', series_code='012', sequence=1)
    >>> TypeAdapter(attested).validate_python("鲁189902001200001")
    Traceback (most recent call last):
        ...
    pydantic_core._pydantic_core.ValidationError: 1 validation error ...
      no table at hand lists region code 99020 for the days... [type=sdcert.region-unlisted, ...
    """

    codes: CodeBook
    approved_on: date | str | None = None
    window_years: int = 1
    undetermined: bool = False

    def __attrs_post_init__(self) -> None:
        # A wrong option is the programmer's error: it shows when the model is written, and never
        # as an error of the data.
        if not isinstance(self.codes, CodeBook):
            raise TypeError(f"codes must be a CodeBook, not {type(self.codes).__name__}")
        day = None if isinstance(self.approved_on, str) else self.approved_on
        check("", codes=self.codes, approved_on=day, window_years=self.window_years)

    def __get_pydantic_core_schema__(
        self, source: type[CertificateNumber], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Wrap the schema of the number; Pydantic calls this."""
        return core_schema.with_info_wrap_validator_function(self._judge, handler(source))

    def _judge(
        self, value: Any, handler: Callable[[Any], CertificateNumber], info: ValidationInfo
    ) -> CertificateNumber:
        number = handler(value)
        # The text as it was given, where there is one, so that spans count in it.
        judged = value if isinstance(value, str) else number
        day, years = self._day(info), self.window_years
        if is_valid(judged, codes=self.codes, approved_on=day, window_years=years):
            return number
        verdict = check(judged, codes=self.codes, approved_on=day, window_years=years)
        if self.undetermined and verdict.outcome is Outcome.UNDETERMINED:
            return number
        grave = [one for one in verdict.findings if one.severity is not Severity.WARNING]
        raise _pydantic.refusal(grave, info.context)

    def _day(self, info: ValidationInfo) -> date | None:
        if not isinstance(self.approved_on, str):
            return self.approved_on
        try:
            day: date | None = info.data[self.approved_on]
        except (AttributeError, KeyError, TypeError):
            # The field is faulty itself, stands behind this one, or there is no model at all: the
            # question cannot be asked, and nothing passes unasked.
            lang = _pydantic.language(info.context)
            raise PydanticCustomError(
                "sdcert.no-approval-day",
                "核准公布日未知（{name}），无法核对代码"
                if lang == "zh"
                else "the codes cannot be checked: there is no day of approval in {name}",
                {"name": self.approved_on},
            ) from None
        return day
