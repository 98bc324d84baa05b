"""The SQLAlchemy store on MariaDB, held to the laws: every driver, every level of isolation."""

from typing import ClassVar

from sqlalchemy.pool import NullPool

from tests.support.store_kits import DRIVEN, RACES, AsyncOnServer, OnServer


class OnMariaDB(OnServer):
    server = "mariadb"
    driver = "pymysql"


class AsyncOnMariaDB(AsyncOnServer):
    server = "mariadb"
    beside = "pymysql"


class TestPyMySQL(OnMariaDB):
    """REPEATABLE READ, its default."""


class TestReadCommitted(OnMariaDB):
    laws = RACES
    level = "READ COMMITTED"


class TestSerializable(OnMariaDB):
    laws = RACES
    level = "SERIALIZABLE"


class TestMySQLConnector(OnMariaDB):
    driver = "mysqlconnector"
    laws = DRIVEN
    # In a forked child it says goodbye on connections that it drops: their owner would lose them.
    pool: ClassVar = {"poolclass": NullPool}


class TestAiomysql(AsyncOnMariaDB):
    driver = "aiomysql"
    laws = DRIVEN


class TestAsyncmy(AsyncOnMariaDB):
    driver = "asyncmy"
    laws = DRIVEN
