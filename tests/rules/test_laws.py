"""Laws of rule books: order decides nothing, other cities change nothing, STATED is quoted."""

from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sdcert._rules.files import without_space
from sdcert.codes import AuthorityKind, Grade
from sdcert.rulefiles import Answer, Clause, Effect, Query, RuleDocument
from sdcert.rules import Basis, Form, RuleBook, RuleConflict

BUNDLED = RuleBook.bundled()
SOURCE = without_space((Path(__file__).parents[1] / "data" / "notices.txt").read_text("utf-8"))
P, L = "鲁人社规〔2018〕22号", "聊人社字〔2019〕27号"
CITY_KINDS = [one for one in AuthorityKind if not one.value.startswith("provincial")]
CITIES = ["90", "91", "92"]

# Each example settles whole books: a quarter of the profile's examples is plenty.
few = settings(max_examples=settings().max_examples // 4)

days = st.dates(date(2018, 6, 1), date(2030, 6, 1))
edges = st.sampled_from(
    [
        edge + timedelta(days=shift)
        for edge in (date(2019, 1, 27), date(2019, 2, 20), date(2024, 1, 27), date(2029, 1, 27))
        for shift in (-1, 0)
    ]
)
asked = st.none() | days | edges
weighed = st.sampled_from([one for one in Basis if one is not Basis.NOT_IN_FORCE])


@st.composite
def effects(draw):
    basis = draw(weighed)
    body, other = draw(st.sampled_from(CITY_KINDS)), draw(st.sampled_from(CITY_KINDS))
    cell = (body, draw(st.sampled_from(Grade)))
    value, others = (None, (body,)) if basis is Basis.UNDETERMINED else (other, ())
    answer = Answer(cell, value, others)
    return Effect(Query.MANAGER, basis, (answer,))


@st.composite
def notices(draw, city=None):
    """A notice of an example city, or of the province where it draws no city."""
    number = f"示例〔2020〕{draw(st.integers(1, 6))}号"
    first = draw(days)
    clauses = draw(st.lists(effects(), min_size=1, max_size=3))
    return RuleDocument(
        number=number,
        title="示例通知",
        issuer="示例市人力资源和社会保障局",
        dated=first,
        binds=city if city is not None else draw(st.sampled_from([None, *CITIES])),
        valid_from=first,
        valid_through=draw(st.none() | st.integers(0, 2000).map(lambda n: first + timedelta(n))),
        under=draw(st.sampled_from([None, P, "没有的文件"])),
        repeals=draw(st.sampled_from([(), (P,), (L,)])),
        clauses=tuple(
            Clause(f"第{place}条", "示例", (effect,)) for place, effect in enumerate(clauses, 1)
        ),
    )


def outcome(documents):
    """What a book of these documents says of everything, or that there is none."""
    try:
        book = RuleBook(documents)
    except RuleConflict as conflict:
        return type(conflict)
    return book


def everything(book, city, on):
    for authority in AuthorityKind:
        yield book.sealer(authority, city=city, on=on)
        for grade in Grade:
            yield book.manager(authority, grade, city=city, on=on)
            yield book.form(authority, grade, city=city, year=2018, on=on)
            yield book.form(authority, grade, city=city, on=on)
            yield book.numbering(authority, grade, city=city, on=on)
    for form in Form:
        yield book.reissue(form, city=city, on=on)
    if on is not None:
        yield book.in_force(on, city=city)
        yield book.reporting_deadline(on, city=city)


@few
@given(
    st.lists(notices(), max_size=4, unique_by=lambda one: one.number),
    st.randoms(use_true_random=False),
    st.sampled_from([None, "14", *CITIES]),
    asked,
)
def test_the_order_of_loading_decides_nothing(found, random, city, on):
    documents = [*BUNDLED.documents, *found]
    one = outcome(documents)
    random.shuffle(documents)
    other = outcome(documents)
    assert one == other
    if isinstance(one, RuleBook):
        assert list(everything(one, city, on)) == list(everything(other, city, on))


@few
@given(notices(), notices())
def test_overlaying_commutes(one, other):
    assume(one.number != other.number)
    books = []
    for first, second in ((one, other), (other, one)):
        try:
            books.append(RuleBook([first]).overlay(RuleBook([second])))
        except RuleConflict:
            books.append(None)
    assert books[0] == books[1]


@few
@given(st.data(), st.sampled_from(CITIES), asked)
def test_a_document_of_another_city_changes_nothing_here(data, city, on):
    notice = data.draw(notices(city))
    notice = attrs.evolve(notice, repeals=())
    book = outcome([*BUNDLED.documents, notice])
    assume(isinstance(book, RuleBook))
    for here in {None, "14", *CITIES} - {city}:
        assert list(everything(book, here, on)) == list(everything(BUNDLED, here, on))


@pytest.mark.parametrize(
    "reach", [{"repeals": (P,)}, {"repeals": (L,)}, {"extends": P}, {"extends": L}, {"under": L},
     {"repeals": (P,), "under": P}, {"extends": P, "under": P}, {"repeals": ("没有的文件", P)}],
)  # fmt: skip
def test_a_city_cannot_repeal_or_extend_what_binds_others(reach):
    first = date(2020, 1, 1)
    notice = RuleDocument("示例〔2020〕1号", "示例", "示例", first, "90", first, first, **reach)
    with pytest.raises(RuleConflict, match="does not bind that city alone"):
        BUNDLED.overlay(RuleBook([notice]))


@given(st.sampled_from([None, "14", "90"]), asked)
def test_stated_is_quoted_word_for_word(city, on):
    for decision in everything(BUNDLED, city, on):
        if decision.basis is Basis.STATED:
            assert decision.citations[0].quote
            assert without_space(decision.citations[0].quote) in SOURCE
        for citation in decision.citations:
            assert without_space(citation.quote) in SOURCE
            assert citation.quote or citation.secondary or citation.document == L


@given(st.sampled_from([None, "14", "90"]), asked)
def test_a_value_stands_exactly_where_the_basis_gives_one(city, on):
    for decision in everything(BUNDLED, city, on):
        without = decision.basis in (Basis.UNDETERMINED, Basis.NOT_IN_FORCE)
        assert (decision.value is None) == without == (not decision)
        assert decision.value not in decision.alternatives
        assert decision.citations
        if decision.basis is Basis.UNDETERMINED:
            assert decision.alternatives


@few
@given(notices("90"), asked)
def test_a_local_clause_refines_and_never_overrides(notice, on):
    """An oracle of its own: what the province states stands, the rest yields to the as strong."""
    notice = attrs.evolve(notice, under=None, repeals=())
    effect = notice.clauses[0].effects[0]
    notice = attrs.evolve(notice, clauses=notice.clauses[:1])
    [answer] = effect.answers
    provincial = [
        BUNDLED.manager(*answer.cell, city="90", on=day)
        for day in (notice.valid_from, notice.valid_through or date(2028, 1, 1))
    ]
    overridden = any(
        one.basis is Basis.STATED and (one.value, ()) != (answer.value, answer.alternatives)
        for one in provincial
    )
    book = outcome([*BUNDLED.documents, notice])
    if not isinstance(book, RuleBook):
        assert overridden or notice.valid_from < date(2019, 1, 27)
        return
    decision = book.manager(*answer.cell, city="90", on=on)
    binds = on is not None and notice.valid_from <= on <= (notice.valid_through or date.max)
    plain = BUNDLED.manager(*answer.cell, city="90", on=on)
    if binds and plain.basis is not Basis.STATED:
        ranks = [
            Basis.STATED, Basis.BY_REFERENCE, Basis.DISCRETION, Basis.UNDETERMINED,
            Basis.PRINCIPLE, Basis.NOT_IN_FORCE,
        ]  # fmt: skip
        if ranks.index(effect.basis) <= ranks.index(plain.basis):
            assert (decision.value, decision.basis) == (answer.value, effect.basis)
            assert decision.citations[0].document == notice.number
        else:
            assert (decision.value, decision.basis) == (plain.value, plain.basis)
            assert decision.citations[0] == plain.citations[0]
    elif on is not None:
        province = BUNDLED.manager(*answer.cell, city="91", on=on)
        assert decision.value == province.value


@pytest.mark.parametrize("document", BUNDLED.documents, ids=lambda one: one.number)
def test_every_quotation_stands_in_the_source(document):
    assert document.clauses or document.extends
    for clause in document.clauses:
        assert without_space(clause.quote) in SOURCE
    for text in (document.number, document.title, document.issuer):
        assert document.secondary or without_space(text) in SOURCE
