"""The SQLAlchemy store on PostgreSQL, held to the laws: every driver, every level of isolation."""

from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sdcert.stores import SQLAlchemyStore
from tests.support.store_kits import AsyncOnServer, OnServer


class TestPsycopg(OnServer):
    pass


class TestSession(OnServer):
    """In a host's Session."""

    examples = 4

    @contextmanager
    def transaction(self):
        with Session(self.engine) as session, session.begin():
            yield SQLAlchemyStore(session, self.tables)


class TestRepeatableRead(OnServer):
    examples = 4
    level = "REPEATABLE READ"


class TestSerializable(OnServer):
    """SERIALIZABLE reports conflicts as late as the commit, in the database's own words."""

    contended = (sa.exc.OperationalError,)
    examples = 4
    level = "SERIALIZABLE"


class TestPsycopg2(OnServer):
    examples = 4
    driver = "psycopg2"


class TestPsycopg2RepeatableRead(TestPsycopg2):
    level = "REPEATABLE READ"


class TestPg8000(OnServer):
    examples = 4
    driver = "pg8000"


class TestPg8000RepeatableRead(TestPg8000):
    level = "REPEATABLE READ"


class TestAsyncpg(AsyncOnServer):
    examples = 4


class TestAsyncPsycopg(AsyncOnServer):
    examples = 4
    driver = "psycopg"
