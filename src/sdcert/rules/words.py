"""Values of decisions in words. Only this file knows how each kind of value is said."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sdcert.codes.model import AuthorityKind, Grade
from sdcert.dates import format_day
from sdcert.rules.model import Basis, Form, Numbering, Question, Step

if TYPE_CHECKING:
    pass

__all__ = ["say"]


def say(value: object, lang: str = "en") -> str:
    """Say a value of a decision, or a part of a question, for people.

    Args:
        value: A kind of body, a grade, a form, whether rules bind, a day, a step, or several of
            these in a tuple; None where there is no value; anything else is shown as text.
        lang: ``en`` or ``zh``.

    Returns:
        The words.

    >>> say(AuthorityKind.CITY_DEPARTMENT), say(AuthorityKind.CITY_DEPARTMENT, "zh")
    ('city department or unit', '市直部门（单位）')
    >>> say(None)
    'undetermined'
    """
    if value is None:
        return Basis.UNDETERMINED.label(lang)
    if isinstance(value, (AuthorityKind, Grade, Basis, Form, Numbering, Question)):
        return value.label(lang)
    if isinstance(value, date):
        return format_day(value, lang)
    if isinstance(value, Step):
        return value.text(lang)
    if isinstance(value, tuple):
        return ("；" if lang == "zh" else "; ").join(say(one, lang) for one in value)
    return str(value)
