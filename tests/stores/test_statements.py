"""Statements are compiled once, by one thread at a time."""

from threading import Semaphore, Thread

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from sdcert.stores import _statements
from sdcert.stores.sqlalchemy import define_tables


class Watched(dict):
    """A dictionary that tells when one was looked for."""

    def __init__(self, looked):
        super().__init__()
        self.looked = looked

    def get(self, key):
        self.looked.release()
        return super().get(key)


@pytest.mark.parametrize("way", ["text", "numbered"])
def test_threads_that_need_a_statement_at_once_compile_it_once(way, monkeypatch):
    statements = define_tables(sa.MetaData()).statements
    looked, compiled = Semaphore(0), []
    monkeypatch.setattr(statements, "_compiled", Watched(looked))
    compile_ = sa.Select.compile
    monkeypatch.setattr(
        sa.Select, "compile", lambda *a, **k: compiled.append(a[0]) or compile_(*a, **k)
    )
    found = []

    def ask():
        dialect = postgresql.dialect()
        one = statements.last
        found.append(statements.text(one, dialect) if way == "text" else statements.numbered(one))

    threads = [Thread(target=ask) for _ in range(2)]
    with _statements._compiling:
        for thread in threads:
            thread.start()
        for _ in threads:
            looked.acquire()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    assert compiled == [statements.last]
    ask()
    assert (found[2], len(compiled)) == (found[0], 1)
