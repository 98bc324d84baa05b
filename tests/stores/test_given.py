"""What the verbs of the reference stores refuse, in the same words in all of them."""

from typing import Any

import pytest
import sqlalchemy as sa

from sdcert.allocation import InvalidRequest, Issued, Request
from sdcert.numbering import NumberScope
from sdcert.sqlalchemy import SQLAlchemyStore, begin_for_real, define_tables, trigger_statements
from sdcert.stores import MemoryStore, SQLiteStore

A = NumberScope(2018, "90020", "912")
WRONG: Any = "issued"


@pytest.fixture(params=["memory", "sqlite", "sqlalchemy"])
def store(request):
    if request.param == "memory":
        with MemoryStore().transaction() as store:
            yield store
    elif request.param == "sqlite":
        with SQLiteStore.open(":memory:") as store, store.transaction():
            yield store
    else:
        engine = sa.create_engine("sqlite://")
        begin_for_real(engine)
        tables = define_tables(sa.MetaData())
        with engine.begin() as connection:
            tables.issued.metadata.create_all(connection)
            yield SQLAlchemyStore(connection, tables)
        engine.dispose()


@pytest.mark.parametrize(
    ("verb", "wrong", "error", "told"),
    [
        ("read", (str(A), []), TypeError, "scope must be a NumberScope, not str"),
        ("read", (A, ["a", "b\0"]), InvalidRequest, "the request key contains a control"),
        ("read", (A, ["\ud800"]), InvalidRequest, "the request key contains a control"),
        ("append", (None, None, [Issued("a", A.number(1))]), TypeError, "scope must be a Number"),
        ("append", (A, None, []), ValueError, "issued must not be empty"),
        ("append", (A, None, iter(())), TypeError, "issued must be a sequence"),
        ("append", (A, None, ["a"]), TypeError, "issued must hold Issued values, not str"),
        ("void", (str(A.number(1)), "lost"), TypeError, "number must be a CertificateNumber"),
        ("void", (A.number(1), "\ud800"), InvalidRequest, "the reason contains a control"),
        ("numbers", (str(A),), TypeError, "scope must be a NumberScope, not str"),
        ("advance", (A, []), ValueError, "requests must not be empty"),
        ("advance", (A, [A]), TypeError, "requests must hold Request values, not NumberScope"),
        ("advance", (A, Request("a", A)), TypeError, "requests must be a sequence, not Request"),
    ],
)
def test_a_verb_names_what_it_cannot_take(store, verb, wrong, error, told):
    if verb == "advance" and not hasattr(store, verb):
        return  # the optional verb
    with pytest.raises(error, match=f"^{told}"):
        getattr(store, verb)(*wrong)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: begin_for_real(WRONG), "engine must be an Engine, not str"),
        (lambda: define_tables(WRONG), "metadata must be a MetaData, not str"),
        (lambda: trigger_statements(WRONG, "mysql"), "tables must be an AllocationTables,"),
    ],
)
def test_so_do_the_functions_beside_them(call, told):
    with pytest.raises(TypeError, match=told):
        call()
