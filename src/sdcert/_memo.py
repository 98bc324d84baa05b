"""A bounded memo: what was worked out once, until there is too much of it."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

__all__ = ["Memo", "keep", "memo_of"]

K = TypeVar("K")
V = TypeVar("V")


class Memo(dict[K, V], Generic[K, V]):
    """A dictionary that forgets everything when it is full, and then goes on.

    Forgetting all at once costs nothing on the way in; what is used again is soon back.

    Args:
        limit: How many answers it keeps, from 1 on.

    >>> memo = Memo(2)
    >>> memo.put("a", 1), memo.put("b", 2), memo.put("c", 3)
    (1, 2, 3)
    >>> memo
    {'c': 3}
    """

    __slots__ = ("limit",)

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def put(self, key: K, value: V) -> V:
        """Keep a value and return the one that is kept: the first, where two threads race."""
        return keep(self, self.limit, key, value)


def keep(memo: dict[K, V], limit: int, key: K, value: V) -> V:
    """Keep a value as :meth:`Memo.put` does, in a plain dictionary, which Python reads faster."""
    if len(memo) >= limit and key not in memo:
        memo.clear()
    return memo.setdefault(key, value)


def memo_of(owner: object, consumer: str, limit: int) -> Memo[Any, Any]:
    """Return the memo that a part of the library, the consumer, has with an immutable value.

    The value carries the memos (in ``_memos``): each consumer has its own, none clears another's.
    """
    memos: dict[str, Memo[Any, Any]] = owner._memos  # type: ignore[attr-defined]  # noqa: SLF001
    memo = memos.get(consumer)
    return memos.setdefault(consumer, Memo(limit)) if memo is None else memo
