"""The tables of the SQLAlchemy stores, and every statement on them, built once.

Only this file knows the schema. The packed integers are those of the other SQL stores.
"""

from __future__ import annotations

from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sdcert.allocation.planning import LAST

__all__ = ["AllocationTables", "Statements", "define_tables"]


@attrs.frozen(eq=False)
class AllocationTables:
    """The two tables of the store, under the host's own metadata.

    Attributes:
        counter: ``scope`` (the ten digits as an integer) and ``last``.
        issued: ``number`` (the 15 digits as an integer), ``key``, ``grassroots``, ``void_reason``
            (NULL while the number is not voided).
    """

    counter: sa.Table
    issued: sa.Table
    statements: Statements = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "statements", Statements(self.counter, self.issued))


def define_tables(
    metadata: sa.MetaData, *, prefix: str = "sdcert_", schema: str | None = None
) -> AllocationTables:
    """Define the tables ``counter`` and ``issued`` under a host's metadata.

    They are created by whatever creates the host's other tables: ``metadata.create_all`` or a
    migration that Alembic generates from the metadata.

    Args:
        metadata: The host's metadata.
        prefix: What the tables' names begin with.
        schema: Their schema; None for the default one.

    Returns:
        The tables, to be handed to the store.

    >>> import sqlalchemy
    >>> metadata = sqlalchemy.MetaData()
    >>> define_tables(metadata).issued.name, sorted(metadata.tables)
    ('sdcert_issued', ['sdcert_counter', 'sdcert_issued'])
    >>> define_tables(metadata)
    Traceback (most recent call last):
        ...
    sqlalchemy.exc.InvalidRequestError: Table 'sdcert_counter' is already defined for this ...
    """
    counter = sa.Table(
        f"{prefix}counter",
        metadata,
        sa.Column("scope", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.CheckConstraint("last BETWEEN 1 AND 99999", name=f"{prefix}counter_last"),
        schema=schema,
        # Room on the page, so that the new version of a hot row stays on it (no index is touched).
        postgresql_with={"fillfactor": 50},
    )
    issued = sa.Table(
        f"{prefix}issued",
        metadata,
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        # Text of any length: the policy bounds it. Collation C compares exactly and fast.
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), unique=True),
        sa.Column("grassroots", sa.Boolean, nullable=False),
        sa.Column("void_reason", sa.Text),
        schema=schema,
    )
    return AllocationTables(counter, issued)


class Statements:
    """Every statement of the store, built once for a pair of tables."""

    def __init__(self, counter: sa.Table, issued: sa.Table) -> None:
        scope, last = counter.c.scope, counter.c.last
        number, key = issued.c.number, issued.c.key
        this_scope = scope == sa.bindparam("p_scope")
        facts = (key, number, issued.c.grassroots, issued.c.void_reason.is_not(None))
        keys = sa.bindparam("p_keys", type_=postgresql.ARRAY(sa.Text))

        self.last = sa.select(last).where(this_scope)
        self.known = sa.select(*facts).where(key == sa.any_(keys))
        self.known_in = sa.select(*facts).where(key.in_(sa.bindparam("p_keys", expanding=True)))
        self.taken = (
            sa.select(sa.func.count())
            .select_from(issued)
            .where(
                sa.or_(
                    key.in_(sa.bindparam("p_keys", expanding=True)),
                    number.in_(sa.bindparam("p_numbers", expanding=True)),
                )
            )
        )
        self.numbers = (
            sa.select(*facts)
            .where(number.between(sa.bindparam("p_first"), sa.bindparam("p_final")))
            .order_by(number)
        )
        self.first_on = {
            name: insert(counter)
            .values(scope=sa.bindparam("p_scope"), last=sa.bindparam("p_last"))
            .on_conflict_do_nothing()
            .execution_options(preserve_rowcount=True)
            for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
        }
        self.next = (
            sa.update(counter)
            .where(this_scope, last == sa.bindparam("p_expected"))
            .values(last=sa.bindparam("p_last"))
        )
        self.nothing = sa.delete(counter).where(sa.false())
        self.undo_first = sa.delete(counter).where(this_scope)
        self.undo_next = (
            sa.update(counter).where(this_scope).values(last=sa.bindparam("p_expected"))
        )
        self.undo_issued = sa.delete(issued).where(
            number == sa.any_(sa.bindparam("p_numbers", type_=postgresql.ARRAY(sa.BigInteger)))
        )
        self.insert = sa.insert(issued)
        self.insert_all = self._insert_all(issued)
        self.advance_one, self.advance_all = self._advance(counter, issued)
        self.void = (
            sa.update(issued)
            .where(
                number == sa.bindparam("p_number"),
                issued.c.grassroots == sa.bindparam("p_grassroots"),
            )
            # A number that was adopted as voided has no reason yet, and is given the first one.
            .values(
                void_reason=sa.func.coalesce(
                    sa.func.nullif(issued.c.void_reason, ""), sa.bindparam("p_reason")
                )
            )
        )
        self.recorded = sa.select(number, issued.c.grassroots).where(
            number == sa.bindparam("p_number")
        )

        self._texts: dict[tuple[str, sa.Executable], str] = {}
        self._numbered: dict[sa.Executable, tuple[bytes, list[str]]] = {}

    def text(self, statement: sa.Insert | sa.Select[Any], dialect: sa.Dialect) -> str:
        """Return a statement as text for a dialect's driver."""
        found = self._texts.get((dialect.driver, statement))
        if found is None:
            found = str(statement.compile(dialect=dialect))
            self._texts[dialect.driver, statement] = found
        return found

    def numbered(self, statement: sa.Insert | sa.Select[Any]) -> tuple[bytes, list[str]]:
        """Return a statement as PostgreSQL reads it, and what its ``$1``, ``$2`` … are."""
        found = self._numbered.get(statement)
        if found is None:
            dialect: Any = postgresql.dialect
            compiled: Any = statement.compile(dialect=dialect(paramstyle="numeric_dollar"))
            names: list[str] = compiled.positiontup
            found = (str(compiled).encode(), names)
            self._numbered[statement] = found
        return found

    @staticmethod
    def _insert_all(issued: sa.Table) -> sa.Select[Any]:
        """Insert rows given as arrays, and return how many and (if any were refused) which."""
        columns = {"number": sa.BigInteger, "key": sa.Text, "grassroots": sa.Boolean}
        rows = (
            sa.func.unnest(
                *(
                    sa.bindparam(f"p_{name}s", type_=postgresql.ARRAY(kind))
                    for name, kind in (columns | {"void_reason": sa.Text}).items()
                )
            )
            .table_valued(
                *(
                    sa.column(name, kind)
                    for name, kind in (columns | {"void_reason": sa.Text}).items()
                ),
                name="given",
            )
            .render_derived()
        )
        written = (
            postgresql.insert(issued)
            .from_select(["number", "key", "grassroots", "void_reason"], sa.select(*rows.c))
            .on_conflict_do_nothing()
            .returning(issued.c.number)
            .cte("written")
        )
        count = sa.func.count()
        short = count < sa.bindparam("p_count", type_=sa.Integer)
        return sa.select(count, sa.case((short, sa.func.array_agg(written.c.number)))).select_from(
            written
        )

    @staticmethod
    def _advance(counter: sa.Table, issued: sa.Table) -> tuple[sa.Insert, sa.Select[Any]]:
        """Look up the keys, bump the counter and insert, in one statement: for one row, for many.

        The counter's row is locked by the bump and read as it is then, not as it was when the
        statement began; that makes the path right at READ COMMITTED. A key that is taken while
        the statement waits violates the unique index: asking it to look away (ON CONFLICT) would
        make every insert dearer for the sake of a race that is lost either way.
        """
        base = sa.bindparam("p_base", type_=sa.BigInteger)
        columns = ["number", "key", "grassroots"]

        def bump(match: sa.ColumnElement[bool], count: sa.ColumnElement[int]) -> sa.CTE:
            known: sa.Select[Any] = (
                sa.select(sa.literal_column("1")).select_from(issued).where(match)
            )
            return (
                sa.update(counter)
                .where(
                    counter.c.scope == sa.bindparam("p_scope"),
                    counter.c.last <= sa.literal_column(str(LAST), sa.Integer) - count,
                    ~sa.exists(known),
                )
                .values(last=counter.c.last + count)
                .returning(counter.c.last)
                .cte("bump")
            )

        key = sa.bindparam("p_key", type_=sa.Text)
        one = bump(issued.c.key == key, sa.literal_column("1", sa.Integer))
        row = sa.select(base + one.c.last, key, sa.bindparam("p_grassroots", type_=sa.Boolean))
        advance_one = (
            postgresql.insert(issued)
            .from_select(columns, row.select_from(one))
            .returning(issued.c.number)
        )

        # Keys hold no line break, so one text carries them all: far cheaper to send than an array.
        keys = sa.func.string_to_array(
            sa.bindparam("p_keys", type_=sa.Text),
            sa.literal_column("E'\\n'"),
            type_=postgresql.ARRAY(sa.Text),
        )
        count = sa.bindparam("p_count", type_=sa.Integer)
        marked = sa.bindparam("p_marked", type_=postgresql.ARRAY(sa.BigInteger))
        many = bump(issued.c.key == sa.any_(keys), count)
        wanted = (
            sa.func.unnest(keys)
            .table_valued(sa.column("key", sa.Text), with_ordinality="place", name="wanted")
            .render_derived()
        )
        place = sa.type_coerce(wanted.c.place, sa.BigInteger)
        rows = sa.select(
            base + many.c.last - count + place, wanted.c.key, place == sa.any_(marked)
        ).select_from(many.join(wanted, sa.true()))
        written = postgresql.insert(issued).from_select(columns, rows).cte("written")
        advance_all = sa.select(many.c.last).select_from(many).add_cte(written)
        return advance_one, advance_all
