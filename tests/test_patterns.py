"""Every pattern accepts the canonical numbers and nothing else, in the engine that it is for."""

import json
import random
import re
import sqlite3
from contextlib import ExitStack
from functools import cache

import duckdb
import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy.dialects.postgresql import dialect as postgres_dialect

from sdcert.numbering import PATTERN, CertificateNumber
from sdcert.patterns import TARGETS, declaration, json_schema, pattern
from sdcert.testing import samples
from tests.damage import ALPHABET, texts
from tests.support.pattern_engines import DATABASE, ENGINES, SERVERS, in_charset, postgresql

SLOW = {"xsd in java"}  # it makes a document of each text
PLAIN, MARKED = "鲁181402001200001", "鲁170000101100001（基层）"


def canonical(text):
    """Tell it without a regex."""
    digits, marker = text[1:16], text[16:]
    return (
        text[:1] == "鲁"
        and len(digits) == 15
        and set(digits) <= set("0123456789")
        and digits[10:] != "00000"
        and marker in ("", "（基层）")
    )


@cache
def near():
    """Texts that are nearly numbers."""
    return list(dict.fromkeys(every_near()))


def every_near():
    """Every text one edit away from a number, by every character that damage is made of."""
    for text in (PLAIN, MARKED, "鲁189902091210000"):
        for at in range(len(text) + 1):
            yield text[:at] + text[at + 1 :]
            for char in dict.fromkeys(ALPHABET):
                yield text[:at] + char + text[at:]
                yield text[:at] + char + text[at + 1 :]
    for head in ("", "\n", " ", "x", "鲁", "\0"):
        for tail in ("", "\n", "\r\n", "\r", "\u2028", "\u0085", " ", "\0", "\0x", "\ud800", PLAIN):
            yield head + PLAIN + tail
            yield head + MARKED + tail
            yield head + tail
    bits = random.Random(2)
    for _ in range(2000):
        digits = "".join(bits.choices("01", weights=(3, 1), k=bits.randint(13, 17)))
        yield f"鲁{digits}{bits.choice(('', '（基层）'))}"
    yield from (f"x\n{PLAIN}", f"{PLAIN}\nx", f"x\n{PLAIN}\nx", f"{PLAIN},{PLAIN}", "")


def sequences():
    """Every sequence with one digit other than 0, the ends, and neighbours of the ends."""
    numbers = {digit * 10**place for digit in range(10) for place in range(5)}
    for number in sorted(numbers | {1, 10, 11, 99_990, 99_998, 99_999, 100_000, 100_001}):
        yield f"鲁1814020012{number:05}"
        yield f"鲁1814020012{number:05}（基层）"


@pytest.fixture(scope="module")
def database(server):
    with postgresql(server) as (connection, ask):
        yield connection, ask


@pytest.fixture(scope="module")
def engines(database):
    with ExitStack() as stack:
        running = {name: stack.enter_context(start()) for name, start in ENGINES.items()}
        yield running | {name: start(*database) for name, start in DATABASE.items()}


@pytest.mark.served
@pytest.mark.parametrize("name", SERVERS)
def test_a_server_accepts_numbers_and_nothing_near_them(name, request):
    fixture, start = SERVERS[name]
    accepts = start(request.getfixturevalue(fixture))
    every = [*near()[::4], *near()[-2_200:], *sequences(), *map(str, samples(100))]
    compare(name, accepts, every)


def test_a_duckdb_table_holds_numbers_or_null():
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE t (number VARCHAR, {declaration('duckdb')})")
    connection.executemany("INSERT INTO t VALUES (?)", [(PLAIN,), (MARKED,), (None,)])
    for text in (PLAIN + "\n", "鲁181402001200000", ""):
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("INSERT INTO t VALUES (?)", [text])
    connection.close()


@pytest.mark.parametrize(
    ("spoken", "flags"), [("utf8mb4", ""), ("gbk", ""), ("utf8mb4", "DOTALL,EXTENDED,MULTILINE")]
)
def test_a_mariadb_table_of_any_character_set_holds_numbers_or_null(mariadb, spoken, flags):
    engine = sa.create_engine(in_charset(mariadb.url, spoken), isolation_level="AUTOCOMMIT")
    insert = sa.text("INSERT INTO held VALUES (:number)")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET default_regex_flags = '{flags}'")
        for held in ("utf8mb4", "utf8mb4 COLLATE utf8mb4_unicode_ci", "gbk", "utf16"):
            connection.exec_driver_sql("DROP TABLE IF EXISTS held")
            columns = f"number VARCHAR(30) CHARACTER SET {held}, {declaration('mysql')}"
            connection.exec_driver_sql(f"CREATE TABLE held ({columns})")
            for text in (PLAIN, MARKED, None):
                connection.execute(insert, {"number": text})
            lines = (PLAIN + "\nabc", "abc\n" + PLAIN, PLAIN + "\n" * 4)  # of 20 characters
            wrong = (PLAIN + "\n", MARKED + "\n", PLAIN + " ", "鲁181402001200000", "")
            for text in (*lines, *wrong):
                with pytest.raises(sa.exc.DBAPIError, match="number_canonical"):
                    connection.execute(insert, {"number": text})
        connection.exec_driver_sql("DROP TABLE held")
    engine.dispose()


def test_names_between_backticks_are_the_callers():
    assert declaration("mysql", column="a`b").startswith("CONSTRAINT `a``b_canonical` CHECK (")
    assert declaration("spark", name="a`b").startswith("CONSTRAINT `a``b` CHECK (")
    assert declaration("duckdb", name='a"b').startswith('CONSTRAINT "a""b" CHECK (')


def compare(name, accepts, batch):
    answers = accepts(batch)
    assert len(answers) == len(batch)
    for text, answer in zip(batch, answers, strict=True):
        # What an engine cannot even be given is no number.
        assert (answer or False) is canonical(text), (name, text, answer)


@pytest.mark.parametrize("name", [*ENGINES, *DATABASE])
def test_it_accepts_numbers_and_nothing_near_them(engines, name):
    texts = near()[:: 8 if name in SLOW else 1]
    compare(name, engines[name], texts)


@pytest.mark.parametrize("name", [*ENGINES, *DATABASE])
def test_it_accepts_every_sequence_but_00000(engines, name):
    compare(name, engines[name], list(sequences()))


@pytest.mark.parametrize("name", [*ENGINES, *DATABASE])
def test_it_accepts_every_number(engines, name):
    assert all(engines[name]([str(number) for number in samples(500)]))


@settings(max_examples=20)
@given(batch=st.lists(texts(), min_size=5, max_size=40))
@example(batch=[])
def test_every_engine_accepts_exactly_the_canonical_texts(engines, batch):
    for name, accepts in engines.items():
        compare(name, accepts, batch)


@given(texts())
def test_the_oracle_of_these_tests_is_the_grammar(text):
    assert canonical(text) is bool(re.fullmatch(PATTERN, text))


def test_every_target_is_tested_in_its_engine():
    tested = {name.partition(" ")[0] for name in (*ENGINES, *DATABASE, *SERVERS)}
    assert tested == set(TARGETS)


# --- databases ---


def test_a_postgresql_table_holds_numbers_or_null(database):
    connection, _ = database
    check = pattern("postgresql", column="Number")
    connection.execute(f'CREATE TEMPORARY TABLE t ("Number" varchar(20) CHECK ({check}))')
    connection.execute("INSERT INTO t VALUES (%s), (%s), (NULL)", [PLAIN, MARKED])
    for text in (PLAIN + "\n", "鲁181402001200000", "鲁18140200120001", ""):
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("INSERT INTO t VALUES (%s)", [text])
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (3,)


def test_a_postgresql_check_survives_sqlalchemy(database):
    """Which takes “:name” in a constraint, and in what Alembic executes, for a parameter."""
    connection, _ = database
    dialect = postgres_dialect()
    check = sa.CheckConstraint(pattern("postgresql"))
    table = sa.Table("through_ddl", sa.MetaData(), sa.Column("number", sa.String(20)), check)
    connection.execute(str(sa.schema.CreateTable(table).compile(dialect=dialect)))
    domain = sa.text(declaration("postgresql", name="through_text"))
    connection.execute(str(domain.compile(dialect=dialect)))
    connection.execute("ALTER TABLE through_ddl ADD COLUMN other through_text")
    insert = "INSERT INTO through_ddl VALUES (%s, %s)"
    connection.execute(insert, [PLAIN, MARKED])
    for row in ([PLAIN + "\n", None], [None, PLAIN + "\n"]):
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(insert, row)


def test_a_postgresql_domain_sorts_as_numbers_do(database):
    connection, _ = database
    connection.execute(declaration("postgresql", name='sorted "numbers"'))
    connection.execute('CREATE TEMPORARY TABLE s (number "sorted ""numbers""")')
    numbers = samples(300) + [number.replace(grassroots=True) for number in samples(30)]
    numbers = list(dict.fromkeys(numbers))
    random.Random(1).shuffle(numbers)
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO s VALUES (%s)", [(str(number),) for number in numbers])
    rows = connection.execute("SELECT number FROM s ORDER BY number")
    assert [CertificateNumber.parse(text) for (text,) in rows] == sorted(numbers)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_a_sqlite_table_holds_numbers_or_null(encoding):
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA encoding = '{encoding}'")
    connection.execute(f"CREATE TABLE t (number TEXT COLLATE NOCASE, {declaration('sqlite')})")
    connection.executemany("INSERT INTO t VALUES (?)", [(PLAIN,), (MARKED,), (None,)])
    refused = (PLAIN.encode(), PLAIN + "\n", PLAIN + "\0", 181402001200001, 1.5, "", b"")
    for value in refused:
        with pytest.raises(sqlite3.IntegrityError, match="number_canonical"):
            connection.execute("INSERT INTO t VALUES (?)", [value])
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (3,)
    connection.close()


# --- what is printed ---


def test_the_json_schema_describes_itself():
    schema = json_schema()
    assert json.loads(declaration("json-schema")) == schema
    assert all(canonical(text) for text in schema["examples"])
    assert re.search(schema["pattern"], schema["examples"][0])
    assert schema["pattern"] == pattern("json-schema")
    schema["examples"].append("spoilt")
    assert json_schema() != schema


def test_the_simple_type_holds_the_pattern_of_its_facet():
    element = etree.fromstring(declaration("xsd", name="职称证书编号"))
    assert element.get("name") == "职称证书编号"
    (facet,) = element.iterfind(".//{*}pattern")
    assert facet.get("value") == pattern("xsd")


def test_expressions_hold_the_pattern():
    compiled = eval(declaration("python"), {"re": re})
    assert compiled.pattern == pattern("python")
    literal = re.fullmatch(r'java\.util\.regex\.Pattern\.compile\((".*")\)', declaration("java"))
    assert json.loads(literal[1]) == pattern("java")
    assert declaration("javascript") == f"/{pattern('javascript')}/u"
    assert declaration("re2") == pattern("re2")


def test_names_are_the_callers():
    assert declaration("sqlite", column="c").startswith('CONSTRAINT "c_canonical" CHECK (')
    assert declaration("sqlite", name='a"b').startswith('CONSTRAINT "a""b" CHECK (')
    assert '"certificate_number"' in declaration("postgresql")


@pytest.mark.parametrize("target", TARGETS)
def test_a_pattern_is_one_line(target):
    assert len(pattern(target).splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target": "perl"}, "target must be one of json-schema, .*, not “perl”"),
        ({"target": "x" * 100}, "not “x{24}…”"),
        ({"target": "sqlite", "column": ""}, "column must be a name of printable characters"),
        ({"target": "sqlite", "column": "a\0"}, r"not “a\\x00”"),
        ({"target": "java", "column": "\n"}, "column must be a name"),
        ({"target": "postgresql", "name": "\ud800"}, "name must be a name"),
        ({"target": "xsd", "name": "a:b"}, "name must be an XML name without a colon, not “a:b”"),
        ({"target": "xsd", "name": "1"}, "name must be an XML name"),
    ],
)
def test_a_name_that_is_none_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        declaration(**arguments)
