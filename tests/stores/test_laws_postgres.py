"""The SQLAlchemy store on PostgreSQL, held to the laws: every driver, every level of isolation."""

from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sdcert.stores import SQLAlchemyStore
from tests.support.store_kits import DRIVEN, RACES, AsyncOnServer, OnServer


class TestPsycopg(OnServer):
    """READ COMMITTED, its default."""


class TestSession(OnServer):
    """In a host's Session."""

    laws = ("no_verb_ends_the_transaction", "savepoints", "batch_atomicity", "concurrency")

    @contextmanager
    def transaction(self):
        with Session(self.engine) as session, session.begin():
            yield SQLAlchemyStore(session, self.tables)


class TestRepeatableRead(OnServer):
    laws = RACES
    level = "REPEATABLE READ"


class TestSerializable(OnServer):
    """SERIALIZABLE reports conflicts as late as the commit, in the database's own words."""

    contended = (sa.exc.OperationalError,)
    laws = RACES
    level = "SERIALIZABLE"


class TestPsycopg2(OnServer):
    driver = "psycopg2"
    laws = DRIVEN


class TestPsycopg2RepeatableRead(OnServer):
    driver = "psycopg2"
    laws = RACES
    level = "REPEATABLE READ"


class TestPg8000(OnServer):
    driver = "pg8000"
    laws = DRIVEN


class TestPg8000RepeatableRead(OnServer):
    driver = "pg8000"
    laws = RACES
    level = "REPEATABLE READ"


class TestAsyncpg(AsyncOnServer):
    """Every law, awaited."""

    examples = 4


class TestAsyncPsycopg(AsyncOnServer):
    driver = "psycopg"
    laws = DRIVEN
