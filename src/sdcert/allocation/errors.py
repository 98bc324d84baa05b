"""What can go wrong when numbers are given out. Only this file knows the words for it.

Every error is an :class:`~sdcert.errors.SdcertError`, refines a builtin, carries its parts as
``args`` and survives pickling. Of all of them only :class:`ScopeContended` is worth another try.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from sdcert.errors import SdcertError
from sdcert.messages import excerpt

if TYPE_CHECKING:
    from sdcert.numbering import CertificateNumber, NumberScope

__all__ = [
    "AdoptionConflict",
    "BrokenStore",
    "InvalidRequest",
    "NoStore",
    "NumberNotIssued",
    "RequestConflict",
    "ScopeContended",
    "ScopeExhausted",
    "TransactionRequired",
]


class InvalidRequest(SdcertError, ValueError):
    """A request key or a reason is empty, too long, or holds characters that it must not hold.

    Attributes:
        field: ``key`` or ``reason``.
        kind: ``empty``, ``long``, ``blank-ends`` or ``unprintable``.
        shown: A short, printable excerpt.
        most: How many characters the field may have.
    """

    def __init__(self, field: str, kind: str, shown: str, most: int) -> None:
        super().__init__(field, kind, shown, most)
        self.field, self.kind, self.shown, self.most = field, kind, shown, most

    def message(self, lang: str = "en") -> str:
        """Say what is wrong with the field."""
        en, zh = {
            "empty": ("is empty", "不能为空"),
            "long": (f"is longer than {self.most} characters", f"不得超过{self.most}个字符"),
            "blank-ends": ("begins or ends with a space", "首尾不能有空格"),
            "unprintable": (
                "holds a control or invisible character",
                "含有控制字符或不可见字符",
            ),
        }[self.kind]
        if lang == "zh":
            name = {"key": "请求标识", "reason": "作废原因"}[self.field]
            return f"{name}{zh}：“{self.shown}”"
        return f"the {self.field} {en}: “{self.shown}”"


class RequestConflict(SdcertError, ValueError):
    """A request key stands for something else already.

    A key is unique over the whole store. Asked again for the same scope and marker it is a retry
    and gets its number; asked for another scope or marker it is a mistake of the caller.

    Attributes:
        key: The request key.
        scope: The scope that is asked for now.
        grassroots: Whether the marker （基层） is asked for now.
        number: The number that the key already has; None where the two requests stand in one batch.
    """

    def __init__(
        self, key: str, scope: NumberScope, grassroots: bool, number: CertificateNumber | None
    ) -> None:
        super().__init__(key, scope, grassroots, number)
        self.key, self.scope, self.grassroots, self.number = key, scope, grassroots, number

    def message(self, lang: str = "en") -> str:
        """Name the key, what it has and what is asked for."""
        key = excerpt(self.key)
        if lang == "zh":
            marker = "（基层）" if self.grassroots else ""
            had = f"已取得编号{self.number}" if self.number else "在同一批次中另有不同请求"
            return f"请求标识“{key}”{had}，不能再用于编号范围{self.scope}{marker}"
        marker = " with the marker （基层）" if self.grassroots else ""
        had = f"has number {self.number}" if self.number else "asks for two things in one batch"
        return f"request key “{key}” {had}; it cannot ask for scope {self.scope}{marker} as well"


class ScopeExhausted(SdcertError, OverflowError):
    """A scope has too few numbers left; nothing of the batch has been issued.

    第五条 gives five digits to the sequence and no rule for what follows 99999, so nothing is
    wrapped, widened or borrowed.

    Attributes:
        scope: The scope.
        last: Its last number as read; None where it has none yet.
        wanted: How many new numbers the batch needs.
    """

    def __init__(self, scope: NumberScope, last: int | None, wanted: int) -> None:
        super().__init__(scope, last, wanted)
        self.scope, self.last, self.wanted = scope, last, wanted

    def message(self, lang: str = "en") -> str:
        """Say how many numbers are left and how many are wanted."""
        left = 99_999 - (self.last or 0)
        if lang == "zh":
            return f"编号范围{self.scope}的顺序编号仅剩{left}个，本批需要{self.wanted}个，均未编号"
        return (
            f"scope {self.scope} has {left} numbers left and {self.wanted} are wanted: none given"
        )


class ScopeContended(SdcertError, RuntimeError):
    """Somebody else was faster: roll the transaction back and start again, from outside.

    Attributes:
        scope: The contended scope; None where the store cannot tell (it has one lock for all).
    """

    def __init__(self, scope: NumberScope | None = None) -> None:
        super().__init__(scope)
        self.scope = scope

    def message(self, lang: str = "en") -> str:
        """Name the scope and what to do."""
        if lang == "zh":
            what = f"编号范围{self.scope}" if self.scope else "编号库"
            return f"{what}正被其他事务使用：请回滚本事务后重试"
        what = f"scope {self.scope}" if self.scope else "the store"
        return f"{what} was changed by somebody else: roll back and start again"


class NumberNotIssued(SdcertError, LookupError):
    """A number is to be voided that this store has not issued.

    Attributes:
        number: The number asked for.
        recorded: What the store holds under the same 15 digits, where only the marker （基层）
            differs; else None.
    """

    def __init__(
        self, number: CertificateNumber, recorded: CertificateNumber | None = None
    ) -> None:
        super().__init__(number, recorded)
        self.number, self.recorded = number, recorded

    def message(self, lang: str = "en") -> str:
        """Name the number and, where only the marker differs, the one that is there."""
        if lang == "zh":
            tail = f"，该15位数字对应的是{self.recorded}" if self.recorded else ""
            return f"编号{self.number}未在本编号库中登记{tail}"
        tail = f"; these 15 digits were issued as {self.recorded}" if self.recorded else ""
        return f"number {self.number} was not issued by this store{tail}"


class AdoptionConflict(SdcertError, ValueError):
    """Existing numbers cannot be taken over; none of them has been.

    Attributes:
        conflicts: For each conflict its kind, the number, and what stands against it (a number, a
            key, or None). Kinds: ``marker`` (the same 15 digits with and without （基层）), ``key``
            (the number is recorded under another key or, where None stands, without one),
            ``key-taken`` (the key has another number), ``voided`` (given as voided, recorded as
            live).
    """

    def __init__(self, conflicts: tuple[tuple[str, CertificateNumber, object], ...]) -> None:
        super().__init__(conflicts)
        self.conflicts = conflicts

    def message(self, lang: str = "en") -> str:
        """Count the conflicts and spell out the first five."""
        zh = lang == "zh"
        said = ("；" if zh else "; ").join(
            _CONFLICTS["keyless" if other is None else kind][zh].format(
                number=number, other=excerpt(str(other))
            )
            for kind, number, other in self.conflicts[:5]
        )
        more = ("……" if zh else "; …") if len(self.conflicts) > 5 else ""
        if zh:
            return f"{len(self.conflicts)}处冲突，均未导入：{said}{more}"
        return f"{len(self.conflicts)} conflicts, nothing adopted: {said}{more}"


_CONFLICTS = {
    "marker": (
        "{number} and {other} have the same digits",
        "{number}与{other}的15位数字相同",
    ),
    "key": (
        "{number} is recorded under another key: “{other}”",
        "{number}已登记在另一请求标识“{other}”下",
    ),
    "keyless": (
        "{number} is recorded without a key",
        "{number}登记时没有请求标识",
    ),
    "key-taken": (
        "the key of {number} already has number {other}",
        "{number}的请求标识已取得编号{other}",
    ),
    "voided": (
        "{number} is given as voided and recorded as live",
        "{number}在导入数据中已作废，而登记为有效",
    ),
}


class TransactionRequired(SdcertError, RuntimeError):
    """A store is asked to write outside a transaction; answers could be lost or torn apart.

    Attributes:
        store: The name of the store's class.
    """

    def __init__(self, store: str) -> None:
        super().__init__(store)
        self.store = store

    def message(self, lang: str = "en") -> str:
        """Say that a transaction must be begun first."""
        if lang == "zh":
            return f"{self.store}必须在事务中写入：请先开始事务"
        return f"{self.store} writes inside a transaction only: begin one first"


class NoStore(SdcertError, ValueError):
    """A file that is no store of numbers; it has been left as it was.

    Attributes:
        path: The file.
        kind: ``missing``, ``unopenable`` (it cannot be opened or created), ``no-database`` (it is
            no SQLite file), ``empty`` (there is nothing in it), ``foreign`` (a database, and
            somebody else's: without the tables of the store) or ``unguarded`` (a store, without
            the triggers that keep its numbers).
    """

    def __init__(self, path: str, kind: str) -> None:
        super().__init__(path, kind)
        self.path, self.kind = path, kind

    def message(self, lang: str = "en") -> str:
        """Give the file's name, without its folders, and what it is instead."""
        en, zh = {
            "missing": ("is not there", "不存在"),
            "unopenable": ("cannot be opened", "无法打开"),
            "no-database": ("is no SQLite database", "不是SQLite数据库"),
            "empty": ("is empty", "为空"),
            "foreign": (
                "is a database without the tables of a store of numbers",
                "是数据库，但没有编号库的数据表",
            ),
            "unguarded": (
                "is a store of numbers without its guards against deletion and change; "
                "SQLiteStore.open puts them back",
                "是编号库，但缺少防止删除和更改的触发器；用SQLiteStore.open打开即可补上",
            ),
        }[self.kind]
        shown = excerpt(PurePath(self.path).name)
        return f"文件“{shown}”{zh}" if lang == "zh" else f"the file “{shown}” {en}"


class BrokenStore(SdcertError, RuntimeError):
    """A store answered what no store may answer; roll back and look into the store.

    Attributes:
        scope: The scope in question.
        said: What the store said, as a short text.
    """

    def __init__(self, scope: NumberScope, said: str) -> None:
        super().__init__(scope, said)
        self.scope, self.said = scope, said

    def message(self, lang: str = "en") -> str:
        """Quote the store."""
        if lang == "zh":
            return f"编号库对编号范围{self.scope}的应答不可信：{self.said}"
        return f"the store's answer for scope {self.scope} cannot be: {self.said}"
