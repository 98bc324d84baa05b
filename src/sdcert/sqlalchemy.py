"""SQLAlchemy 2: certificate numbers in a host's own tables, and the store of allocations.

The database holds the canonical text, Python the value. The type guards what passes through it; a
``CHECK`` guards the table against everyone else (:func:`sdcert.patterns.pattern`). The store is
:mod:`sdcert.stores.sqlalchemy`'s, under the name that a reader looks for. Extra ``sqlalchemy``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from sdcert.errors import InvalidNumber, MissingExtra, expect
from sdcert.numbering import CertificateNumber

try:
    import sqlalchemy as sa
    from sqlalchemy import orm
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql import operators
    from sqlalchemy.sql.type_api import TypeEngine
except ImportError:
    raise MissingExtra("sdcert.sqlalchemy", "sqlalchemy") from None

from sdcert.stores.sqlalchemy import (
    AllocationTables,
    AsyncSQLAlchemyStore,
    SQLAlchemyStore,
    begin_for_real,
    define_tables,
    trigger_statements,
)

__all__ = [
    "AllocationTables",
    "AsyncSQLAlchemyStore",
    "CertificateNumberType",
    "SQLAlchemyStore",
    "begin_for_real",
    "define_tables",
    "trigger_statements",
]

_LONGEST: Final = 20  # 鲁, 15 digits, （基层）
_COMPARED: Final = frozenset(
    {
        operators.eq,
        operators.ne,
        operators.lt,
        operators.le,
        operators.gt,
        operators.ge,
        operators.in_op,
        operators.not_in_op,
        operators.is_,
        operators.is_not,
        operators.is_distinct_from,
        operators.is_not_distinct_from,
        operators.between_op,
        operators.not_between_op,
        operators.and_,  # what joins the two ends of BETWEEN
    }
)


def _as_number(value: Any, kind: CertificateNumberType) -> Any:
    """Return the number that a text is; anything else as it is, for the database to refuse."""
    if type(value) is str:
        try:
            return CertificateNumber.parse(value, strict=kind.strict)
        except InvalidNumber:
            return value
    if isinstance(value, sa.BindParameter):  # bindparam("q", "鲁…") or literal("鲁…")
        if type(value.value) is str:
            number = _as_number(value.value, kind)
            return sa.bindparam(value.key, number, type_=kind, unique=value.unique)
        return value
    if isinstance(value, Iterable) and not isinstance(
        value, (str, bytes, sa.ClauseElement, CertificateNumber)
    ):
        return [_as_number(one, kind) for one in value]
    return value


class _Text(sa.types.TypeDecorator[str]):
    """Text made of numbers: what is put together with a number is none."""

    impl = sa.Unicode
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Take a number where text is wanted."""
        return None if value is None else str(value)


class _Comparator(sa.types.TypeDecorator.Comparator[Any], sa.Unicode.Comparator[Any]):
    """Compares with numbers where text is given, so that the ORM's own comparisons find them.

    All else (``like``, ``startswith``, concatenation) is done with texts, by the database alone:
    of a column whose type is coerced the ORM knows that it cannot work it out with the objects.
    """

    def operate(self, op: Callable[..., Any], *other: Any, **options: Any) -> Any:
        if op in _COMPARED:
            kind = cast("CertificateNumberType", self.expr.type)
            other = tuple(_as_number(one, kind) for one in other)
        elif other and op is not operators.collate:  # not of the column itself, as desc() is
            texts = (str(one) if isinstance(one, CertificateNumber) else one for one in other)
            return self._text().operate(op, *texts, **options)
        return super().operate(op, *other, **options)

    def reverse_operate(self, op: Callable[..., Any], other: Any, **options: Any) -> Any:
        return self._text().reverse_operate(op, other, **options)

    def _text(self) -> sa.ColumnElement[str]:
        kind = cast("CertificateNumberType", self.expr.type)
        return sa.type_coerce(_as_number(self.expr, kind), _Text())


class CertificateNumberType(sa.types.TypeDecorator[CertificateNumber]):
    """A column of certificate numbers, kept as canonical text of at most 20 characters.

    Into the database go numbers, and text as :meth:`~sdcert.numbering.CertificateNumber.parse`
    reads it; what it refuses raises SQLAlchemy's ``StatementError``, whose ``orig`` is the
    :class:`~sdcert.errors.InvalidNumber`. Out of it come numbers; a row whose text is not
    canonical raises InvalidNumber, since no comparison in the database would ever find it. None is
    NULL. An attribute of a mapped class becomes a number as soon as text is assigned to it, and
    what is no number is refused there and then.

    Numbers compare, sort and are looked up as numbers; ``like``, ``startswith``, ``+`` and other
    operators on text work on the canonical text, and what they make is text. Functions and ``case``
    do not know the type of what is passed to them: give
    ``sqlalchemy.literal(number, CertificateNumberType)``, or cast the column to
    ``sqlalchemy.String`` where they are to give text. On PostgreSQL the column has the collation C,
    so that the database sorts as Python does.

    Args:
        strict: Accept canonical text alone where text is passed.

    >>> import sqlalchemy as sa
    >>> notices = sa.Table("notice", sa.MetaData(), sa.Column("number", CertificateNumberType))
    >>> engine = sa.create_engine("sqlite://")
    >>> with engine.begin() as connection:
    ...     notices.create(connection)
    ...     _ = connection.execute(notices.insert().values(number="鲁 17 00001 011 00001"))
    ...     connection.scalar(sa.select(notices.c.number))
    CertificateNumber(year=2017, region_code='00001', series_code='011', sequence=1)
    >>> with engine.begin() as connection:
    ...     connection.scalar(sa.select(notices).where(notices.c.number == "鲁17"))
    Traceback (most recent call last):
        ...
    sqlalchemy.exc.StatementError: (sdcert.errors.InvalidNumber) not a certificate number “鲁17”...
    >>> engine.dispose()
    """

    # Unicode: SQL Server's VARCHAR counts bytes and turns what its code page lacks into “?”.
    impl = sa.Unicode(_LONGEST)
    cache_ok = True
    comparator_factory = _Comparator

    # No keyword-only argument: SQLAlchemy would leave it out of the key of its statement cache, and
    # a strict column would be served the statements of one that is not.
    def __init__(self, strict: bool = False) -> None:
        super().__init__()
        self.strict = expect(strict, bool, "strict")

    def __repr__(self) -> str:
        # What Alembic writes into a migration; the default one would show the length.
        return f"CertificateNumberType({'strict=True' if self.strict else ''})"

    @property
    def python_type(self) -> type[CertificateNumber]:
        """The type of the values."""
        return CertificateNumber

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the database's own type."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(sa.Unicode(_LONGEST, collation=collation))

    def process_bind_param(
        self, value: CertificateNumber | str | None, dialect: Dialect
    ) -> str | None:
        """Turn a number, or a text that is one, into canonical text.

        Raises:
            InvalidNumber: If the text is none.
        """
        if value is None or isinstance(value, CertificateNumber):
            return None if value is None else str(value)
        return str(CertificateNumber.parse(value, strict=self.strict))

    def process_result_value(self, value: str | None, dialect: Dialect) -> CertificateNumber | None:
        """Turn what the database holds into a number.

        Raises:
            InvalidNumber: If it is no canonical text.
        """
        return None if value is None else CertificateNumber.parse(value, strict=True)


@sa.event.listens_for(orm.Mapper, "mapper_configured")
def _watch(mapper: orm.Mapper[Any], class_: type) -> None:
    """Make numbers of the texts that are assigned to attributes of this type.

    Else the session would hold two things for one row: the text until it is loaded anew, and the
    number from then on. Texts come from assignments, from ``update(…).values(…)``, which the
    session carries over to its objects, and from the defaults of columns.
    """
    kinds = {
        attribute.key: kind
        for attribute in mapper.column_attrs
        if isinstance(kind := attribute.columns[0].type, CertificateNumberType)
    }

    def refreshed(target: object, context: object, names: Iterable[str] | None) -> None:
        values = sa.inspect(target, raiseerr=True).dict
        for key, kind in kinds.items():
            if key in values:
                values[key] = _as_number(values[key], kind)

    for key, kind in kinds.items():

        def read(
            target: object, value: Any, old: object, event: object, strict: bool = kind.strict
        ) -> Any:
            plain = isinstance(value, (str, bytes, int, float))  # not None, nor an SQL expression
            return CertificateNumber.parse(value, strict=strict) if plain else value

        sa.event.listen(getattr(class_, key), "set", read, retval=True)
    if kinds:
        sa.event.listen(class_, "refresh", refreshed)
        sa.event.listen(class_, "refresh_flush", refreshed)
