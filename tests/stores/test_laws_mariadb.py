"""The SQLAlchemy store on MariaDB, held to the laws: every driver, every level of isolation."""

from typing import ClassVar

from sqlalchemy.pool import NullPool

from tests.support.store_kits import AsyncOnServer, OnServer


class OnMariaDB(OnServer):
    server = "mariadb"
    driver = "pymysql"
    examples = 4


class TestPyMySQL(OnMariaDB):
    """REPEATABLE READ, its default."""

    examples = 12


class TestReadCommitted(OnMariaDB):
    level = "READ COMMITTED"


class TestSerializable(OnMariaDB):
    level = "SERIALIZABLE"


class TestMySQLConnector(OnMariaDB):
    driver = "mysqlconnector"
    # In a forked child it says goodbye on connections that it drops: their owner would lose them.
    pool: ClassVar = {"poolclass": NullPool}


class AsyncOnMariaDB(AsyncOnServer):
    server = "mariadb"
    beside = "pymysql"
    examples = 4


class TestAiomysql(AsyncOnMariaDB):
    driver = "aiomysql"


class TestAsyncmy(AsyncOnMariaDB):
    driver = "asyncmy"
