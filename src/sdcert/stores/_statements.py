"""Every statement of the SQLAlchemy stores, built once for a pair of tables."""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from sdcert.allocation.policy import LAST
from sdcert.stores._packing import SPAN

__all__ = ["Statements"]

# SQLAlchemy keeps on a statement what it finds out while it compiles it, and two threads that
# compile one at once have been seen to end the process.
_compiling: Final = Lock()

_NUMBERED: Final[Any] = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


class Statements:
    """Every statement of the store; parameters begin with ``p_``."""

    def __init__(self, counter: sa.Table, issued: sa.Table) -> None:
        scope, last = counter.c.scope_digits, counter.c.last_sequence
        digits, key = issued.c.digits, issued.c.request_key
        this_scope = scope == sa.bindparam("p_scope")
        facts = (digits, key, issued.c.grassroots, issued.c.voided)
        keys = sa.bindparam("p_keys", type_=postgresql.ARRAY(sa.Text))

        self.last = sa.select(last).where(this_scope)
        self.known = sa.select(*facts).where(key == sa.any_(keys))
        self.known_in = sa.select(*facts).where(key.in_(sa.bindparam("p_keys", expanding=True)))
        self.numbers = (
            sa.select(*facts)
            .where(digits.between(sa.bindparam("p_first"), sa.bindparam("p_final")))
            .order_by(digits)
        )
        self.first = sa.insert(counter).values(
            scope_digits=sa.bindparam("p_scope"), last_sequence=sa.bindparam("p_last")
        )
        self.next = (
            sa.update(counter)
            .where(this_scope, last == sa.bindparam("p_expected"))
            .values(last_sequence=sa.bindparam("p_last"))
        )
        self.raise_to = (
            sa.update(counter)
            .where(this_scope, last < sa.bindparam("p_last"))
            .values(last_sequence=sa.bindparam("p_last"))
        )
        span = sa.literal_column(str(SPAN), sa.BigInteger)
        self.greatest = sa.select(digits // span, sa.func.max(digits % span)).group_by(
            digits // span
        )
        self.nothing = sa.delete(counter).where(sa.false())
        self.insert = sa.insert(issued)
        self.advance_one, self.advance_all = _advance(counter, issued)
        self.void = (
            sa.update(issued)
            .where(
                digits == sa.bindparam("p_digits"),
                issued.c.grassroots == sa.bindparam("p_grassroots"),
            )
            # A number that was adopted as voided has no reason yet, and is given the first one.
            .values(
                voided=sa.true(),
                void_reason=sa.func.coalesce(issued.c.void_reason, sa.bindparam("p_reason")),
            )
        )
        self.recorded = sa.select(digits, issued.c.grassroots).where(
            digits == sa.bindparam("p_digits")
        )

        self._compiled: dict[tuple[str, sa.Executable], Any] = {}

    def text(self, statement: sa.Executable, dialect: sa.Dialect) -> str:
        """Return a statement as text for a dialect's driver."""
        return str(self._compile(statement, dialect.driver, dialect))

    def numbered(self, statement: sa.Insert | sa.Select[Any]) -> tuple[bytes, list[str]]:
        """Return a statement as PostgreSQL reads it, and what its ``$1``, ``$2`` … are."""
        compiled = self._compile(statement, "", _NUMBERED)
        return compiled.string.encode(), compiled.positiontup

    def _compile(self, statement: Any, name: str, dialect: sa.Dialect) -> Any:
        if (found := self._compiled.get((name, statement))) is not None:
            return found
        with _compiling:
            if (name, statement) not in self._compiled:
                self._compiled[name, statement] = statement.compile(dialect=dialect)
        return self._compiled[name, statement]


def _advance(counter: sa.Table, issued: sa.Table) -> tuple[sa.Insert, sa.Select[Any]]:
    """PostgreSQL: look up the keys, bump the counter and insert, for one row and for many.

    The counter's row is locked by the bump and read as it is then, not as it was when the
    statement began; that makes the path right at READ COMMITTED. A key that is taken while
    the statement waits violates the unique index: asking it to look away (ON CONFLICT) would
    make every insert dearer for the sake of a race that is lost either way. Digits that are taken
    violate the primary key, and are no race: who holds the counter's row holds the scope.
    """
    base = sa.bindparam("p_base", type_=sa.BigInteger)
    columns = ["digits", "request_key", "grassroots"]

    def bump(match: sa.ColumnElement[bool], count: sa.ColumnElement[int]) -> sa.CTE:
        known: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(issued).where(match)
        return (
            sa.update(counter)
            .where(
                counter.c.scope_digits == sa.bindparam("p_scope"),
                counter.c.last_sequence <= sa.literal_column(str(LAST), sa.Integer) - count,
                ~sa.exists(known),
            )
            .values(last_sequence=counter.c.last_sequence + count)
            .returning(counter.c.last_sequence)
            .cte("bump")
        )

    key = sa.bindparam("p_key", type_=sa.Text)
    one = bump(issued.c.request_key == key, sa.literal_column("1", sa.Integer))
    row = sa.select(base + one.c.last_sequence, key, sa.bindparam("p_grassroots", type_=sa.Boolean))
    advance_one = (
        postgresql.insert(issued)
        .from_select(columns, row.select_from(one), include_defaults=False)
        .returning(issued.c.digits)
    )

    # Keys hold no line break, so one text carries them all: far cheaper to send than an array.
    keys = sa.func.string_to_array(
        sa.bindparam("p_keys", type_=sa.Text),
        sa.literal_column("E'\\n'"),
        type_=postgresql.ARRAY(sa.Text),
    )
    count = sa.bindparam("p_count", type_=sa.Integer)
    marked = sa.bindparam("p_marked", type_=postgresql.ARRAY(sa.BigInteger))
    many = bump(issued.c.request_key == sa.any_(keys), count)
    wanted = (
        sa.func.unnest(keys)
        .table_valued(sa.column("key", sa.Text), with_ordinality="place", name="wanted")
        .render_derived()
    )
    place = sa.type_coerce(wanted.c.place, sa.BigInteger)
    rows = sa.select(
        base + many.c.last_sequence - count + place, wanted.c.key, place == sa.any_(marked)
    ).select_from(many.join(wanted, sa.true()))
    written = (
        postgresql.insert(issued).from_select(columns, rows, include_defaults=False).cte("written")
    )
    advance_all = sa.select(many.c.last_sequence).select_from(many).add_cte(written)
    return advance_one, advance_all
