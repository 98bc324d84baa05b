"""A column of certificate numbers, through SQLAlchemy on SQLite."""

import builtins
import importlib
import random
import sys
from typing import ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import given
from sqlalchemy import orm
from sqlalchemy.dialects import mssql, postgresql, sqlite

from sdcert import CertificateNumber, InvalidNumber, MissingExtra, check
from sdcert.patterns import pattern
from sdcert.sqlalchemy import CertificateNumberType
from sdcert.testing import samples
from tests.damage import texts

NUMBER = CertificateNumber(2018, "14020", "012", 1)


class Base(orm.DeclarativeBase):
    type_annotation_map: ClassVar = {CertificateNumber: CertificateNumberType}


class Notice(Base):
    __tablename__ = "notice"
    __table_args__ = (
        sa.CheckConstraint(pattern("sqlite"), name="canonical").ddl_if(dialect="sqlite"),
        sa.CheckConstraint(pattern("postgresql"), name="canonical").ddl_if(dialect="postgresql"),
    )
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    number: orm.Mapped[CertificateNumber | None] = orm.mapped_column(unique=True)


@pytest.fixture(scope="module")
def engine():
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine):
    with orm.Session(engine) as session:
        yield session


def test_numbers_go_in_and_come_out(session):
    session.add_all([Notice(id=1, number=NUMBER), Notice(id=2, number=None)])
    session.flush()
    session.expire_all()
    assert session.get(Notice, 1).number == NUMBER
    assert session.get(Notice, 2).number is None
    assert session.scalar(sa.text("SELECT number FROM notice WHERE id = 1")) == str(NUMBER)
    assert session.scalar(sa.text("SELECT typeof(number) FROM notice WHERE id = 1")) == "text"


@given(text=texts())
def test_text_goes_in_as_the_number_it_is_or_not_at_all(engine, text):
    query = sa.select(sa.literal(text, CertificateNumberType()))
    with engine.connect() as connection:
        number = check(text).number
        if number is not None:
            assert connection.scalar(query) == number
            return
        with pytest.raises(sa.exc.StatementError) as caught:
            connection.scalar(query)
    assert isinstance(caught.value.orig, InvalidNumber)
    assert caught.value.orig.findings == check(text).findings


def test_strict_is_true_or_false():
    with pytest.raises(TypeError, match="strict must be a bool, not str"):
        CertificateNumberType(strict="no")


def test_strict_takes_canonical_text_alone(engine):
    def asked(value):
        return sa.select(sa.literal(value, CertificateNumberType(strict=True)))

    with engine.connect() as connection:
        assert connection.scalar(asked(str(NUMBER))) == NUMBER
        assert connection.scalar(asked(NUMBER)) == NUMBER
        with pytest.raises(sa.exc.StatementError, match="not written in canonical form"):
            connection.scalar(asked(f" {NUMBER}"))


def test_numbers_compare_sort_and_are_looked_up_as_numbers(session):
    numbers = samples(50)
    random.Random(1).shuffle(numbers)
    session.add_all([Notice(number=number) for number in numbers])
    column = Notice.number
    assert list(session.scalars(sa.select(column).order_by(column))) == sorted(numbers)
    one = numbers[0]
    for condition, expected in [
        (column == one, {one}),
        (column == f" {one:grouped}", {one}),
        (column.in_([one, str(numbers[1])]), set(numbers[:2])),
        (column > one, {number for number in numbers if number > one}),
        (column.between(one, str(one)), {one}),
        (column.is_distinct_from(one), set(numbers[1:])),
        (column.startswith("鲁18"), {n for n in numbers if n.year == 2018}),
        (column.like("%（基层）"), {n for n in numbers if n.grassroots}),
        (
            sa.func.substr(column, 4, 5) == one.region_code,
            {n for n in numbers if n.region_code == one.region_code},
        ),
        (sa.cast(column, sa.String) + "x" == f"{one}x", {one}),
        (column == None, set()),  # noqa: E711
        (column.is_not(None), set(numbers)),
    ]:
        assert set(session.scalars(sa.select(column).where(condition))) == expected, condition
    with pytest.raises(sa.exc.StatementError, match="15 digits are needed, not 2"):
        session.scalar(sa.select(column).where(column == "鲁18"))


def test_the_check_guards_the_table_against_everyone_else(session):
    with pytest.raises(sa.exc.IntegrityError, match="canonical"):
        session.execute(sa.text("INSERT INTO notice (number) VALUES ('鲁 181402001200001')"))


def test_a_row_that_is_not_canonical_is_not_read_in_silence(session):
    query = sa.text("SELECT ' 鲁181402001200001' AS number").columns(number=CertificateNumberType)
    with pytest.raises(InvalidNumber, match="not written in canonical form"):
        session.scalar(query)


def test_literals_and_ddl_are_those_of_the_database():
    statement = sa.select(sa.literal(NUMBER, CertificateNumberType()))
    said = str(statement.compile(compile_kwargs={"literal_binds": True}))
    assert f"'{NUMBER}'" in said
    table = sa.schema.CreateTable(Notice.__table__)
    assert 'number VARCHAR(20) COLLATE "C"' in str(table.compile(dialect=postgresql.dialect()))
    # SQLAlchemy would take “:name” in a constraint for a parameter, and write NULL in its place.
    assert f"CHECK ({pattern('postgresql')})" in str(table.compile(dialect=postgresql.dialect()))
    assert "number VARCHAR(20)," in str(table.compile(dialect=sqlite.dialect()))
    # VARCHAR of SQL Server holds bytes of a code page: too few of them, and perhaps none for 鲁.
    assert "number NVARCHAR(20)" in str(table.compile(dialect=mssql.dialect()))
    literal = {"literal_binds": True}
    assert f"N'{NUMBER}'" in str(statement.compile(dialect=mssql.dialect(), compile_kwargs=literal))


def test_statements_are_cached_by_type():
    keys = [
        sa.select(
            sa.literal(str(NUMBER), CertificateNumberType(strict=strict))
        )._generate_cache_key()
        for strict in (False, False, True)
    ]
    assert keys[0] == keys[1] != keys[2]
    assert CertificateNumberType().python_type is CertificateNumber
    for strict in (False, True):
        again = eval(repr(CertificateNumberType(strict=strict)))  # as in a migration
        assert (type(again), again.strict) == (CertificateNumberType, strict)


class Hosts(orm.DeclarativeBase):
    type_annotation_map: ClassVar = {CertificateNumber: CertificateNumberType}


class Kept(Hosts):
    """A host's own row, known by its number; the database adds something of its own."""

    __tablename__ = "kept"
    number: orm.Mapped[CertificateNumber] = orm.mapped_column(primary_key=True)
    state: orm.Mapped[str] = orm.mapped_column(default="old")
    added: orm.Mapped[str] = orm.mapped_column(server_default="here")


TEXTS = ["鲁 17 00001 011 00001", "鲁170000101100002", "鲁170000101100003"]


@pytest.fixture
def kept():
    engine = sa.create_engine("sqlite://")
    Hosts.metadata.create_all(engine)
    with orm.Session(engine, expire_on_commit=False) as made:
        yield made
    engine.dispose()


@pytest.mark.parametrize("give", [str, CertificateNumber.parse])
def test_the_session_sees_updates_and_deletes_by_text_as_by_number(kept, give):
    row, other = Kept(number=give(TEXTS[0])), Kept(number=give(TEXTS[1]))
    kept.add_all([row, other])
    kept.commit()
    for condition, state in (
        (Kept.number == give(TEXTS[0]), "a"),
        (Kept.number.in_([give(TEXTS[0])]), "b"),
        (Kept.number.between(give(TEXTS[0]), give(TEXTS[0])), "c"),
        (Kept.number < give(TEXTS[1]), "d"),
        (Kept.number.in_(give(text) for text in TEXTS[:1]), "e"),
        (Kept.number.in_({give(TEXTS[0]): 1}.keys()), "f"),
        (Kept.number == sa.bindparam("wanted", give(TEXTS[0])), "g"),
        (Kept.number == sa.literal(give(TEXTS[0]), CertificateNumberType), "h"),
    ):
        kept.execute(sa.update(Kept).where(condition).values(state=state))
        assert (row.state, other.state) == (state, "old")
    kept.execute(sa.delete(Kept).where(Kept.number == give(TEXTS[0])))
    assert row not in kept
    assert other in kept


@pytest.mark.parametrize("give", [str, CertificateNumber.parse])
def test_many_rows_go_in_and_are_sorted_by_text_as_by_number(kept, give):
    kept.add(Kept(number=CertificateNumber.parse(TEXTS[2])))
    kept.commit()
    rows = [Kept(number=give(text)) for text in TEXTS[:2]]
    kept.add_all(rows)
    kept.flush()
    assert [(type(row.number), row.added) for row in rows] == [(CertificateNumber, "here")] * 2
    every = [*kept.scalars(sa.select(Kept))]
    for row in every:
        row.state = "new"
    kept.flush()  # sorted by primary key
    assert {row.number for row in every} == set(map(CertificateNumber.parse, TEXTS))


class Filled(Hosts):
    """A row whose numbers come from defaults and updates."""

    __tablename__ = "filled"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    note: orm.Mapped[str] = orm.mapped_column(default="")
    number: orm.Mapped[CertificateNumber] = orm.mapped_column(default=TEXTS[0])
    last: orm.Mapped[CertificateNumber | None] = orm.mapped_column(onupdate=lambda: TEXTS[1])


def test_an_attribute_is_a_number_wherever_its_text_comes_from(kept):
    first, second = map(CertificateNumber.parse, TEXTS[:2])
    row = Filled(id=1)
    kept.add(row)
    kept.flush()
    assert (row.number, row.last) == (first, None)
    row.note = "changed"
    kept.flush()
    assert row.last == second
    for update in (
        lambda: kept.execute(sa.update(Filled).values(number=TEXTS[1])),
        lambda: kept.execute(sa.update(Filled), [{"id": 1, "number": TEXTS[1]}]),
        lambda: kept.query(Filled).filter(Filled.id == 1).update({"number": TEXTS[1]}),
    ):
        row.number = first
        kept.flush()
        update()
        assert row.number == second


def test_operators_on_text_take_numbers(kept):
    number = CertificateNumber.parse(TEXTS[0])
    kept.add(Kept(number=number))
    kept.flush()
    for condition in (
        Kept.number.like(number),
        Kept.number.startswith(number),
        Kept.number.contains(number),
        sa.func.coalesce(Kept.number, None) == sa.literal(number, CertificateNumberType),
    ):
        assert kept.scalars(sa.select(Kept.number).where(condition)).all() == [number]


def test_the_session_sees_updates_and_deletes_by_operators_on_text(kept):
    row, other = Kept(number=TEXTS[0]), Kept(number="鲁180000101100009")
    kept.add_all([row, other])
    kept.flush()
    for at, condition in enumerate(
        (
            Kept.number.startswith("鲁17"),
            Kept.number.startswith("鲁17", autoescape=True),
            Kept.number.istartswith("鲁17"),
            ~Kept.number.startswith("鲁18"),
            Kept.number.endswith(TEXTS[0][-3:]),
            Kept.number.like("鲁17%"),
            Kept.number.contains(row.number),
            Kept.number + "x" == f"{row.number}x",
            Kept.number + "x" == sa.bindparam("wanted", f"{row.number}x"),
            ("x" + Kept.number).startswith("x鲁17"),
            Kept.number.concat(Kept.state).startswith("鲁17"),
        )
    ):
        kept.execute(sa.update(Kept).where(condition).values(state=str(at)))
        assert (row.state, other.state) == (str(at), "old")
    kept.execute(sa.update(Kept).values(state=Kept.number + "x"))
    assert row.state == f"{row.number}x"
    kept.execute(sa.delete(Kept).where(Kept.number.startswith("鲁17")))
    assert row not in kept
    assert other in kept


def test_what_is_put_together_with_a_number_is_text(kept):
    number = CertificateNumber.parse(TEXTS[0])
    kept.add(Kept(number=number, state="s"))
    kept.flush()
    known = sa.literal(TEXTS[0], CertificateNumberType)
    for expression, text in (
        (Kept.number + "x", f"{number}x"),
        (Kept.number + number, f"{number}{number}"),
        ("x" + Kept.number, f"x{number}"),
        ("x" + Kept.__table__.c.number, f"x{number}"),
        (Kept.number + Kept.state, f"{number}s"),
        (Kept.state + Kept.number, f"s{number}"),
        (Kept.number.concat(" / ").concat(Kept.number), f"{number} / {number}"),
        (Kept.number.op("||")("x"), f"{number}x"),
        (known + "x", f"{number}x"),
        (sa.func.coalesce(sa.cast(None, sa.String), Kept.number + "x"), f"{number}x"),
        (sa.func.coalesce(sa.cast(Kept.number, sa.String), ""), str(number)),
        (sa.func.max(Kept.number), number),
        (Kept.number.collate("NOCASE"), number),
    ):
        assert kept.scalar(sa.select(expression)) == text, expression
    assert kept.scalar(sa.select(Kept).where(Kept.number.is_not(None))).number == number


def test_a_text_in_a_parameter_is_looked_up_as_the_number_it_is_or_refused(kept):
    kept.add(Kept(number=TEXTS[0]))
    kept.flush()
    for wanted in (sa.bindparam("wanted", TEXTS[0]), sa.literal(TEXTS[0]), sa.bindparam("wanted")):
        found = kept.scalars(sa.select(Kept).where(Kept.number == wanted), {"wanted": TEXTS[0]})
        assert len(found.all()) == 1
    with pytest.raises(sa.exc.StatementError, match="鲁17"):
        kept.scalars(sa.select(Kept).where(Kept.number == sa.bindparam("wanted", "鲁17")))


def test_an_attribute_is_a_number_at_once_and_refuses_what_is_none():
    row = Kept(number=TEXTS[0])
    assert row.number == CertificateNumber.parse(TEXTS[0])
    row.number = None
    assert row.number is None
    with pytest.raises(InvalidNumber, match="鲁17"):
        row.number = "鲁17"
    with pytest.raises(InvalidNumber, match="expected text, got an integer"):
        Kept(number=170000101100001)


def test_a_missing_extra_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **options):
        if name.partition(".")[0] == "sqlalchemy":
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.delitem(sys.modules, "sdcert.sqlalchemy")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"pip install 'sdcert\[sqlalchemy\]'"):
        importlib.import_module("sdcert.sqlalchemy")
