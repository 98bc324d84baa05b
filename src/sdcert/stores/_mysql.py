"""What MySQL and MariaDB word in their own way: session variables, and the one-statement path.

The counter is bumped first, and the number that travels back with the answer is inserted behind
it. MariaDB from 10.5 takes the two as one statement; over PyMySQL they go in one round trip.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from sdcert.allocation import Request
from sdcert.allocation.policy import LAST
from sdcert.stores import _direct
from sdcert.stores._packing import SPAN

__all__ = ["MySQL"]

Bumped = tuple[int | None, bool]  # the last sequence written, if any; whether a key was taken


class MySQL:
    """The statements of one of the two, and the steps that are made of them."""

    def __init__(self, counter: sa.Table, issued: sa.Table, *, is_mariadb: bool) -> None:
        scope, last = counter.c.scope_digits, counter.c.last_sequence
        this_scope = scope == sa.bindparam("p_scope")
        count = sa.bindparam("p_count", type_=sa.Integer)
        variable = "tx_isolation" if is_mariadb else "transaction_isolation"
        level = sa.literal_column(f"@@session.{variable}", sa.String)
        commits = sa.literal_column("@@session.autocommit", sa.Integer)

        # What replicas are sent; from a statement each would work out numbers of its own. (A server
        # of MySQL's sends rows, unless it is told otherwise.)
        log = sa.literal_column("@@session.binlog_format" if is_mariadb else "'ROW'", sa.String)

        self.session = sa.select(commits, level, log)
        # The level comes with the state: at READ UNCOMMITTED none of it could be believed.
        self.last = sa.select(sa.select(last).where(this_scope).scalar_subquery(), level)
        # LAST_INSERT_ID(n) travels back with the answer to the UPDATE: no second question.
        self.bump = (
            sa.update(counter)
            .where(
                this_scope,
                last <= sa.literal_column(str(LAST), sa.Integer) - count,
                commits == sa.literal_column("0", sa.Integer),
                level != sa.literal_column("'READ-UNCOMMITTED'", sa.String),
                log != sa.literal_column("'STATEMENT'", sa.String),
            )
            .values(last_sequence=sa.func.last_insert_id(last + count))
        )
        self.undo_bump = sa.update(counter).where(this_scope).values(last_sequence=last - count)
        # To be run behind the bump without a look at it: no row where nothing was bumped.
        insert_bumped = sa.insert(issued).from_select(
            ["digits", "request_key", "grassroots"],
            sa.select(
                sa.bindparam("p_base", type_=sa.BigInteger) + sa.func.last_insert_id(),
                sa.bindparam("p_key", type_=sa.Text),
                sa.bindparam("p_grassroots", type_=sa.Boolean),
            ).where(sa.func.row_count() == sa.literal_column("1", sa.Integer)),
            include_defaults=False,
        )
        self._insert = sa.insert(issued)
        both = (self.bump, insert_bumped)
        self._bump_text, self._insert_text = (_text(one, "pyformat") for one in both)
        bump, insert = (_text(one, "named") for one in both)
        self._as_one = sa.text(f"BEGIN NOT ATOMIC {bump}; {insert} RETURNING digits; END")

    def bump_and_insert(
        self, connection: sa.Connection, packed: int, requests: Sequence[Request]
    ) -> Bumped:
        """Bump the counter and insert; where a key is taken, nothing is left of it."""
        params = {"p_scope": packed, "p_count": len(requests)}
        at_once = self._at_once if len(requests) == 1 else self._one_by_one
        last, taken = at_once(connection, params, requests)
        if taken:
            connection.execute(self.undo_bump, params)
            return None, True
        return last, False

    def _at_once(
        self, connection: sa.Connection, params: dict[str, Any], requests: Sequence[Request]
    ) -> Bumped:
        [request] = requests
        row = {"p_base": params["p_scope"] * SPAN, "p_key": request.key}
        row["p_grassroots"] = request.grassroots
        if _direct.takes_two(connection):
            bump, insert = (self._bump_text, params), (self._insert_text, row)
            return _direct.write_two(connection, bump, insert)
        if not _answers_as_one(connection.dialect):
            return self._one_by_one(connection, params, requests)
        try:
            digits = connection.execute(self._as_one, params | row).scalar()
        except sa.exc.IntegrityError:
            return None, True
        return (None if digits is None else digits % SPAN), False

    def _one_by_one(
        self, connection: sa.Connection, params: dict[str, Any], requests: Sequence[Request]
    ) -> Bumped:
        done: Any = connection.execute(self.bump, params)
        if done.rowcount != 1:
            return None, False
        last = done.lastrowid
        begin = params["p_scope"] * SPAN + last - len(requests) + 1
        rows = [
            {"digits": digits, "request_key": request.key, "grassroots": request.grassroots}
            for digits, request in enumerate(requests, begin)
        ]
        try:
            with _direct.one(connection):  # drivers cut a long list of rows into statements
                connection.execute(self._insert, rows)
        except sa.exc.IntegrityError:
            return None, True
        return last, False


def _answers_as_one(dialect: Any) -> bool:
    # INSERT … RETURNING came with 10.5. mysql-connector takes the end of the block for its answer.
    return bool(dialect.insert_returning) and dialect.driver != "mysqlconnector"


def _text(statement: sa.Update | sa.Insert, style: Any) -> str:
    dialect: Any = mysql.dialect
    return str(statement.compile(dialect=dialect(paramstyle=style)))
