"""Each engine behind one function: which of these texts does it accept?

An answer is True, False or None: None where the text cannot even be handed to the engine. The
pattern is always *searched for*, so that the anchors are tested with it.
"""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb as duckdb_module
import jsonschema
import psycopg
import pyarrow as pa
import re2
import sqlalchemy as sa
from lxml import etree
from py_mini_racer import MiniRacer

from sdcert.patterns import declaration, pattern

__all__ = ["DATABASE", "ENGINES", "SERVERS", "in_charset", "postgresql"]

XSD = "http://www.w3.org/2001/XMLSchema"


def encodable(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def python():
    search = re.compile(pattern("python")).search
    yield lambda texts: [search(text) is not None for text in texts]


@contextmanager
def google_re2():
    search = re2.compile(pattern("re2")).search
    yield lambda texts: [search(text) is not None if encodable(text) else None for text in texts]


@contextmanager
def javascript(source=None):
    with closing(MiniRacer()) as engine:
        flag = declaration("javascript").rpartition("/")[2]
        made = f"new RegExp({json.dumps(source or pattern('javascript'))}, '{flag}')"
        engine.eval(f"const number = {made}; 0")
        yield lambda texts: json.loads(
            engine.eval(f"JSON.stringify({json.dumps(texts)}.map(text => number.test(text)))")
        )


def json_schema_pattern():
    """The keyword alone, in the dialect that JSON Schema prescribes."""
    return javascript(pattern("json-schema"))


@contextmanager
def json_schema():
    """The whole schema, by a validator whose `$` admits a line break at the end."""
    validator = jsonschema.Draft202012Validator(json.loads(declaration("json-schema")))
    yield lambda texts: [validator.is_valid(text) for text in texts]


def schema_document():
    element = f'<xs:element name="number" type="CertificateNumber" xmlns:xs="{XSD}"/>'
    return f'<xs:schema xmlns:xs="{XSD}">{declaration("xsd")}{element}</xs:schema>'


@contextmanager
def xsd():
    """libxml2."""
    schema = etree.XMLSchema(etree.fromstring(schema_document()))

    def accepts(text):
        number = etree.Element("number")
        try:
            number.text = text
        except ValueError:  # no XML document can hold it
            return None
        return schema.validate(number)

    yield lambda texts: [accepts(text) for text in texts]


@contextmanager
def jvm(task):
    script = Path(__file__).with_name("java_engine.py")
    with subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:

        def accepts(texts):
            child.stdin.write(json.dumps(task | {"texts": texts}) + "\n")
            child.stdin.flush()
            return json.loads(child.stdout.readline())

        yield accepts
        child.stdin.close()


@contextmanager
def sqlite():
    """A real table: what the CHECK refuses is not in it afterwards."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        check = declaration("sqlite", column='the "number" OR AND')
        connection.execute(f'CREATE TABLE t (id INTEGER, "the ""number"" OR AND" TEXT, {check})')

        def accepts(texts):
            connection.execute("DELETE FROM t")
            sent = [(i, text) for i, text in enumerate(texts) if encodable(text)]
            connection.executemany("INSERT OR IGNORE INTO t VALUES (?, ?)", sent)
            held = {i for (i,) in connection.execute("SELECT id FROM t")}
            return [i in held if encodable(text) else None for i, text in enumerate(texts)]

        yield accepts


@contextmanager
def postgresql(server):
    """A connection, and a function that asks it a question about an array of texts."""
    with psycopg.connect(server.dsn, autocommit=True) as connection:

        def ask(question, texts):
            sendable = [encodable(text) and "\0" not in text for text in texts]
            sent = [text for text, can in zip(texts, sendable, strict=True) if can]
            rows = connection.execute(question, [sent])
            answers = iter([answer for (answer,) in rows])
            return [next(answers) if can else None for can in sendable]

        yield connection, ask


def postgresql_check(connection, ask):
    """The condition, as a query asks it."""
    condition = pattern("postgresql", column='the "number"')
    question = (
        f'SELECT {condition} FROM unnest(%s::text[]) WITH ORDINALITY AS t("the ""number""", i)'
        " ORDER BY i"
    )
    return lambda texts: ask(question, texts)


def postgresql_domain(connection, ask):
    """The domain type, as a cast into it decides."""
    connection.execute(declaration("postgresql"))
    connection.execute(
        """
        CREATE FUNCTION is_number(text) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM $1::certificate_number;
            RETURN true;
        EXCEPTION WHEN check_violation THEN
            RETURN false;
        END $$
        """
    )
    question = "SELECT is_number(x) FROM unnest(%s::text[]) WITH ORDINALITY AS t(x, i) ORDER BY i"
    return lambda texts: ask(question, texts)


@contextmanager
def duckdb():
    with closing(duckdb_module.connect()) as connection:
        condition = pattern("duckdb", column='the "number"')
        connection.execute('CREATE TABLE t (i INTEGER, "the ""number""" VARCHAR)')

        def accepts(texts):
            rows = [(i, text) for i, text in enumerate(texts) if encodable(text)]
            connection.execute("DELETE FROM t")
            if rows:
                given = pa.table(dict(zip("ab", zip(*rows, strict=True), strict=True)))
                connection.register("given", given)
                connection.execute("INSERT INTO t SELECT * FROM given")
            found = dict(connection.execute(f"SELECT i, {condition} FROM t").fetchall())
            return [found.get(i) for i in range(len(texts))]

        yield accepts


def in_charset(url, charset):
    """The server of the tests, spoken to in a character set."""
    return sa.make_url(url).update_query_dict({"charset": charset})


def mysql(server):
    """The condition, as MariaDB reads it."""
    url = in_charset(server.url, "utf8mb4")
    connection = sa.create_engine(url, isolation_level="AUTOCOMMIT").connect()
    condition = pattern("mysql", column="the `number`").replace("%", "%%")
    connection.exec_driver_sql("DROP TABLE IF EXISTS patterns")
    connection.exec_driver_sql(
        "CREATE TABLE patterns (i INTEGER, `the ``number``` TEXT) CHARACTER SET utf8mb4"
    )

    def accepts(texts):
        rows = [{"i": i, "text": text} for i, text in enumerate(texts) if encodable(text)]
        connection.exec_driver_sql("DELETE FROM patterns")
        if rows:
            connection.execute(sa.text("INSERT INTO patterns VALUES (:i, :text)"), rows)
        found = connection.exec_driver_sql(f"SELECT i, {condition} FROM patterns").fetchall()
        answers = {i: bool(answer) for i, answer in found}
        return [answers.get(i) for i in range(len(texts))]

    return accepts


def spark(session):
    """The condition, as Spark SQL reads it."""
    condition = pattern("spark", column="the `number`")

    def accepts(texts):
        rows = [(i, text) for i, text in enumerate(texts) if encodable(text)]
        columns = list(zip(*rows, strict=True))
        table = pa.table(columns, ["i", "the `number`"])
        frame = session.createDataFrame(table)
        found = {row[0]: row[1] for row in frame.selectExpr("i", condition).collect()}
        return [found.get(i) for i in range(len(texts))]

    return accepts


ENGINES = {
    "duckdb": duckdb,
    "python": python,
    "re2": google_re2,
    "javascript": javascript,
    "json-schema": json_schema,
    "json-schema pattern": json_schema_pattern,
    "xsd": xsd,
    "xsd in java": lambda: jvm({"xsd": schema_document()}),
    "java": lambda: jvm({"pattern": pattern("java")}),
    "sqlite": sqlite,
}
DATABASE = {"postgresql": postgresql_check, "postgresql domain": postgresql_domain}
#: Those that are asked less often: the fixture that starts each, and how to ask it.
SERVERS = {"mysql": ("mariadb", mysql), "spark": ("spark", spark)}
