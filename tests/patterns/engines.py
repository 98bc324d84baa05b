"""Each engine behind one function: which of these texts does it accept?

An answer is True, False or None: None where the text cannot even be handed to the engine. The
pattern is always *searched for*, so that the anchors are tested with it.
"""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import jsonschema
import psycopg
import re2
from lxml import etree
from py_mini_racer import MiniRacer

from sdcert.patterns import declaration, pattern
from tests.patterns import postgres

__all__ = ["DATABASE", "ENGINES", "postgresql"]

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
def postgresql():
    """A server, and a function that asks it a question about an array of texts."""
    with ExitStack() as stack:
        dsn = stack.enter_context(postgres.server())
        connection = stack.enter_context(psycopg.connect(dsn, autocommit=True))

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


ENGINES = {
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
