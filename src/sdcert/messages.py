"""The one way to words: every sentence of the library comes out of the catalogue through here.

The catalogue (``texts/``) has one JSON file for each area; in it English and Chinese stand side by
side. Only this file knows the languages: how one is chosen, how lists, days and alternatives are
written in each, and what of somebody's text may be printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["Bilingual", "Either", "Labelled", "Lang", "areas", "excerpt", "first_hidden", "known"]
__all__ += ["language", "render", "sentences", "show"]

Lang = Literal["en", "zh"]

_TAG: Final = re.compile(r"(en|zh)(?:[-_][a-z0-9]{1,8})*", re.IGNORECASE)


def language(tag: object, name: str = "lang") -> Lang:
    """Return the language of a tag: ``en`` or ``zh``.

    Args:
        tag: ``en`` or ``zh``, or a tag as browsers and frameworks send it (``zh-CN``,
            ``zh_Hans``, ``en-US``); the primary language decides.
        name: What the argument is called in the error.

    Raises:
        ValueError: For everything else.

    >>> language("zh-CN"), language("en_US")
    ('zh', 'en')
    >>> language("fr")
    Traceback (most recent call last):
        ...
    ValueError: lang must be 'en', 'zh' or a tag of these like 'zh-CN', not 'fr'
    """
    if tag in ("en", "zh"):
        return "zh" if tag == "zh" else "en"
    match = _TAG.fullmatch(tag) if isinstance(tag, str) else None
    if match is None:
        given = repr(excerpt(tag)) if isinstance(tag, str) else f"a {type(tag).__name__}"
        raise ValueError(f"{name} must be 'en', 'zh' or a tag of these like 'zh-CN', not {given}")
    return "zh" if match[1].lower() == "zh" else "en"


class Bilingual(str):
    """A text in two languages: the string itself is English, ``zh`` the Chinese.

    >>> text = Bilingual("city bureau", "市局")
    >>> text, text.text("zh")
    ('city bureau', '市局')
    >>> Bilingual("city bureau")
    Traceback (most recent call last):
        ...
    TypeError: Bilingual.__new__() missing 1 required positional argument: 'zh'
    """

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, en: str, zh: str) -> Self:
        """Make a text of its English and its Chinese."""
        made = super().__new__(cls, en)
        made.zh = zh
        return made

    @classmethod
    def of(cls, text: Callable[[str], str]) -> Self:
        """Make a text with what writes it in a language.

        >>> Bilingual.of(lambda lang: show(["a", "b"], lang)).zh
        'a、b'
        """
        return cls(text("en"), text("zh"))

    @classmethod
    def render(cls, key: str, /, **params: object) -> Self:
        """Make a text of a sentence of the catalogue.

        Raises:
            KeyError: If the catalogue lacks the key, or the call a parameter.

        >>> Bilingual.render("findings.outcome.valid").zh
        '有效'
        """
        return cls(render(key, "en", **params), render(key, "zh", **params))

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (str(self), self.zh))

    def text(self, lang: str = "en") -> str:
        """Return the text in English (``en``) or Chinese (``zh``)."""
        return self.zh if language(lang) == "zh" else str(self)


class Labelled(StrEnum):
    """A closed list whose members have words for people, in the catalogue.

    A subclass names the place: ``class Outcome(Labelled, texts="findings.outcome")``.

    >>> from sdcert import Outcome
    >>> issubclass(Outcome, Labelled), Outcome.VALID.label("zh")
    (True, '有效')
    """

    _texts: ClassVar[str]

    def __init_subclass__(cls, texts: str = "", **options: object) -> None:
        super().__init_subclass__(**options)
        cls._texts = texts

    def label(self, lang: str = "en") -> str:
        """Return the word for people in English (``en``) or Chinese (``zh``)."""
        return render(f"{self._texts}.{self.value}", lang)


class Either(tuple[object, ...]):
    """Alternatives; a message joins the last two with “or”.

    >>> show(Either(["paper", "electronic"]), "en"), show(Either(["甲", "乙", "丙"]), "zh")
    ('paper or electronic', '甲、乙或丙')
    """

    __slots__ = ()


_COMMA: Final[dict[Lang, str]] = {"en": ", ", "zh": "、"}
_OR: Final[dict[Lang, str]] = {"en": " or ", "zh": "或"}
_SEMICOLON: Final[dict[Lang, str]] = {"en": "; ", "zh": "；"}
_MORE: Final[dict[Lang, str]] = {"en": "; …", "zh": "……"}


def show(value: object, lang: str = "en") -> str:
    """Write a parameter of a message in a language.

    Args:
        value: A member of an enum with a ``label``, a value with a ``text``, a day, several of
            these (a list; :class:`Either` for alternatives), None (nothing); all else as text.
        lang: ``en`` or ``zh``.

    >>> show(date(2019, 1, 27), "zh"), show(("a", "b"), "zh"), show(None)
    ('2019年1月27日', 'a、b', '')
    """
    if type(value) is str:
        return value
    lang = language(lang)
    if value is None:
        return ""
    for name in ("label", "text"):
        worded = getattr(value, name, None)
        if callable(worded):
            return str(worded(lang))
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日" if lang == "zh" else value.isoformat()
    if isinstance(value, (tuple, list)):
        parts = [show(one, lang) for one in value]
        if isinstance(value, Either):
            parts[-2:] = [_OR[lang].join(parts[-2:])]
        return _COMMA[lang].join(parts)
    return str(value)


def sentences(parts: Iterable[str], lang: str = "en", most: int | None = None) -> str:
    """Join sentences, each once; the first ``most`` are written out.

    >>> sentences(["a", "b", "a"]), sentences(["甲", "乙"], "zh", most=1)
    ('a; b', '甲……')
    """
    lang = language(lang)
    unique = list(dict.fromkeys(parts))
    more = _MORE[lang] if most is not None and len(unique) > most else ""
    return _SEMICOLON[lang].join(unique[:most]) + more


@cache
def _area(name: str) -> Mapping[str, Mapping[str, str | Mapping[str, str]]]:
    import json  # noqa: PLC0415  # only who reads a message pays for it

    if name not in areas():
        raise KeyError(name)
    text = (_folder() / f"{name}.json").read_text("utf-8")
    texts: dict[str, dict[str, str | dict[str, str]]] = json.loads(text)
    return texts


def _folder() -> Traversable:
    from importlib.resources import files  # noqa: PLC0415  # as above

    return files("sdcert") / "texts"


def areas() -> tuple[str, ...]:
    """Return the names of the catalogue's areas, sorted.

    >>> from sdcert.messages import areas
    >>> "findings" in areas()
    True
    """
    return tuple(sorted(file.name[:-5] for file in _folder().iterdir()))


def known(key: str) -> bool:
    """Tell whether the catalogue has a key.

    >>> known("findings.length"), known("findings.nonsense")
    (True, False)
    """
    area, _, name = str.partition(key, ".")
    try:
        return name in _area(area)
    except KeyError:  # no such area
        return False


def render(key: str, lang: str = "en", /, **params: object) -> str:
    """Return a sentence of the catalogue with its parameters filled in.

    Args:
        key: The area and the name in it: ``findings.length``.
        lang: ``en``, ``zh`` or a tag of these.
        params: What the sentence names; each is written as :func:`show` does. Where the English
            has two forms, ``count`` chooses between them.

    Returns:
        The sentence, without a full stop.

    Raises:
        KeyError: If the catalogue lacks the key, or the call a parameter.
        ValueError: If the language is unknown.

    >>> render("findings.length", "zh", count=14)
    '编号应有15位数字，现有14位'
    """
    lang = language(lang)
    area, _, name = str.partition(key, ".")
    text = _area(area)[name][lang]
    if not isinstance(text, str):
        text = text["one" if params["count"] == 1 else "other"]
    return text.format_map({name: show(value, lang) for name, value in params.items()})


# Default_Ignorable_Code_Point of Unicode, with the blanks that count as letters or symbols: nothing
# is seen of them, yet str.isprintable() passes many.
_HIDDEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_EXCERPT: Final = 24


def first_hidden(text: str) -> str | None:
    r"""Return the first character of a text that nothing is seen of; None if there is none.

    >>> first_hidden("a\u200bb"), first_hidden("ab")
    ('\u200b', None)
    """
    found = _HIDDEN.search(text)
    return found[0] if found else None


def _escape(char: str) -> str:
    if char.isprintable() and not _HIDDEN.match(char):
        return char
    return char.encode("unicode_escape").decode("ascii")


def excerpt(value: object, limit: int = _EXCERPT) -> str:
    r"""Return a short, printable line of somebody's value; applied twice, it is the same.

    This is the only escaper: controls, bidi overrides, characters that nothing is seen of and lone
    surrogates are written as escapes, in every message and on every page.

    Args:
        value: Text; anything else is written as ``str`` does, or by its type where that fails.
        limit: How many characters are kept, from 1 on; a cut is marked with ``…`` behind them.

    >>> excerpt("鲁18\x1b[31m"), excerpt("a\u3164b")
    ('鲁18\\x1b[31m', 'a\\u3164b')
    >>> len(excerpt("1" * 1_000_000))
    25
    """
    if isinstance(value, str):
        text = str(value)
    else:
        try:
            text = str(value)
        except Exception:  # noqa: BLE001  # integers of thousands of digits, hostile values
            text = type(value).__name__
    shown = "".join(map(_escape, text[: limit + 1]))
    return shown if len(shown) <= limit else shown[:limit] + "…"
