"""Arguments of a rule book: words, cities, years; what is refused, and what to write."""

from __future__ import annotations

from typing import Final

from sdcert._rules.model import Form
from sdcert.codes.model import AuthorityKind, Grade
from sdcert.messages import excerpt

__all__ = ["CITIES", "FIRST_YEAR", "LAST_YEAR", "as_cell", "as_form", "not_a_city", "not_a_year"]

FIRST_YEAR, LAST_YEAR = 2000, 2099  # two digits, 第五条
CITIES: Final = tuple(f"{nth:02}" for nth in range(1, 100))
_NO_CITY: Final = "00"  # begins the province's own codes (00001, 第五条)


def not_a_year(year: object) -> Exception:
    """Return the error for what is no evaluation year."""
    if type(year) is not int:
        return TypeError(f"year must be an int, not {type(year).__name__}")
    return ValueError(f"year must be {FIRST_YEAR} through {LAST_YEAR}, not {excerpt(str(year))}")


def as_cell(authority: str, grade: str) -> tuple[AuthorityKind, Grade]:
    """Take a body and a grade, in whatever words."""
    return AuthorityKind.from_words(authority), Grade.from_words(grade)


def as_form(value: object) -> Form:
    """Take a form, or a word for it."""
    for one in Form:
        if value in (one.value, one.label("en"), one.label("zh")):
            return one
    given = excerpt(value) if isinstance(value, str) else type(value).__name__
    words = ", ".join(f"{one.value} ({one.label('zh')})" for one in Form)
    raise ValueError(f"{given!r} is no form of a certificate; use one of: {words}")


def not_a_city(city: object) -> ValueError:
    """Return the error for what is no city's prefix, with what to write."""
    if city == _NO_CITY:
        return ValueError(
            'no city has the prefix "00", with which the province\'s own codes begin; '
            "leave city out for the province"
        )
    if type(city) is int and 0 < city < 100:
        hint = f'write "{city:02}", not {city}'
    else:
        given = excerpt(city) if isinstance(city, str) else type(city).__name__
        hint = f'write "14" for 聊城市, say, not {given!r}'
    return ValueError(f"city is the two digits of a city's prefix, as text: {hint}")
