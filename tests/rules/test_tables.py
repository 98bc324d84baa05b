"""Every cell of manager, form and numbering, on each side of each day on which something changes.

The tables are written from the text of the two documents, not from the rule files. A cell names
the answer, its basis, the clause that decides, and the kinds of its notes while only the text's
own days are concerned.
"""

from datetime import date
from itertools import product

import pytest

from sdcert import AuthorityKind, Grade, RuleBook
from sdcert.rules import Basis, Citation, NoteKind

OLDER = "鲁人社办发〔2011〕102号"
P, EXTENSION, L = "鲁人社规〔2018〕22号", "鲁人社字〔2024〕5号", "聊人社字〔2019〕27号"
RULES = RuleBook.bundled()

# "=" is the approving body itself, "?" no answer; 五, 六, 八, 十 are articles of P, 一, 二, 三
# parts of L. Notes: r a reading, o left open. A second table replaces rows, for an authorised unit
# ("other") under a city's prefix and for the city's own notice.
BASES = {
    "E": Basis.STATED,
    "R": Basis.BY_REFERENCE,
    "Pr": Basis.PRINCIPLE,
    "LD": Basis.DISCRETION,
    "U": Basis.UNDETERMINED,
}
KINDS = {
    "r": NoteKind.READING,
    "o": NoteKind.OPEN,
    "s": NoteKind.SOURCE,
    "t": NoteKind.TIME,
    "-": None,
}

MANAGER = """
provincial-hrss       | = E 六（一） -  | = Pr 六 o             | = Pr 六 o
provincial-department | = Pr 六 o       | = E 六（二） -        | = R 六（三） r
provincial-enterprise | = Pr 六 o       | = E 六（二） -        | = Pr 六 o
city-hrss             | = E 六（一） -  | = E 六（二） -        | = LD 六（三） r
city-department       | ? U 六 ro       | city-hrss E 六（二） - | = LD 六（三） r
city-enterprise       | ? U 六 ro       | city-hrss E 六（二） - | = LD 六（三） r
county-hrss           | = Pr 六 o       | = E 六（二） -        | = LD 六（三） r
other                 | = Pr 六 o       | = Pr 六 o             | = Pr 六 o
"""
MANAGER_OTHER_OF_A_CITY = """
other                 | ? U 六 ro       | ? U 六 ro             | ? U 六 r
"""
MANAGER_LIAOCHENG = """
city-hrss             | = E 二（一） ro | = E 二（二） ro        | = LD 六（三） ro
city-department       | ? U 六 ro       | city-hrss E 二（二） ro | = E 二（三） ro
city-enterprise       | ? U 六 ro       | city-hrss E 六（二） o | = LD 六（三） ro
county-hrss           | = Pr 六 o       | = E 二（二） ro        | = E 二（三） ro
other                 | ? U 六 ro       | ? U 六 ro              | ? U 六 ro
"""
MANAGERS_LEFT_OPEN = {
    ("city-department", "senior"): ("city-department", "city-hrss"),
    ("city-enterprise", "senior"): ("city-enterprise", "city-hrss"),
    ("city-department", "junior"): ("city-hrss",),
    ("city-enterprise", "junior"): ("city-hrss",),
    ("county-hrss", "junior"): ("city-hrss",),
    ("other", "senior"): ("other", "city-hrss"),
    ("other", "intermediate"): ("other", "city-hrss"),
    ("other", "junior"): ("other", "city-hrss"),
}

FORM = """
provincial-hrss       | electronic E 十 - | ? U 八 o          | ? U 八 o
provincial-department | paper LD 十二 ro  | paper LD 十二 ro  | paper LD 十二 ro
provincial-enterprise | paper LD 十二 ro  | paper LD 十二 ro  | paper LD 十二 ro
city-hrss             | paper LD 十二 ro  | paper LD 十二 ro  | paper LD 十二 ro
city-department       | paper LD 十二 ro  | paper LD 十二 ro  | paper LD 十二 ro
city-enterprise       | paper LD 十二 ro  | paper LD 十二 ro  | paper LD 十二 ro
county-hrss           | paper LD 十二 ro  | paper LD 十二 ro  | paper LD 十二 ro
other                 | paper LD 十二 ro  | paper LD 十二 ro  | paper LD 十二 ro
"""
FORM_LIAOCHENG_2018 = """
city-hrss             | electronic E 三（一） ro | electronic E 三（一） ro | paper LD 三（一） ro
city-department       | paper LD 三（一） ro     | paper LD 三（一） ro     | paper LD 三（二） ro
city-enterprise       | paper LD 三（一） ro     | paper LD 三（一） ro     | paper LD 三（一） ro
county-hrss           | paper LD 三（一） ro     | paper LD 三（二） ro     | paper LD 三（二） ro
other                 | paper LD 十二 ro         | paper LD 十二 ro         | paper LD 十二 ro
"""
FORM_LIAOCHENG = FORM_LIAOCHENG_2018.replace("electronic E", "paper LD")

NUMBERING = """
provincial-hrss       | binding E 五 - | binding E 五 - | ? U 五 ro
provincial-department | binding E 五 - | binding E 五 - | optional LD 五（四） -
provincial-enterprise | binding E 五 - | binding E 五 - | ? U 五 ro
city-hrss             | binding E 五 - | binding E 五 - | optional LD 五（四） -
city-department       | binding E 五 - | binding E 五 - | optional LD 五（四） r
city-enterprise       | binding E 五 - | binding E 五 - | optional LD 五（四） r
county-hrss           | binding E 五 - | binding E 五 - | optional LD 五（四） r
other                 | binding E 五 - | binding E 五 - | ? U 五 ro
"""
NUMBERING_OTHER_OF_A_CITY = """
other                 | binding E 五 - | binding E 五 - | optional LD 五（四） r
"""
NUMBERING_LIAOCHENG = """
city-hrss             | binding E 一 ro | binding E 一 ro | binding E 一 ro
city-department       | binding E 一 ro | binding E 一 ro | binding E 一 ro
city-enterprise       | binding E 一 ro | binding E 一 ro | binding E 一 ro
county-hrss           | binding E 一 ro | binding E 一 ro | binding E 一 ro
other                 | binding E 一 ro | binding E 一 ro | binding E 一 ro
"""


def clause(text):
    if text[0] in "一二三":
        return Citation(L, text)
    place = "第十条第二款" if text == "十二" else f"第{text[0]}条{text[1:]}"
    return Citation(P, place)


def cells(*tables):
    """The cells by body and grade; a later table replaces rows of an earlier one."""
    found = {}
    for table in tables:
        for line in table.strip().splitlines():
            body, *row = (part.strip() for part in line.split("|"))
            for grade, cell in zip(Grade, row, strict=True):
                value, basis, where, notes = cell.split()
                expected = {"=": body, "?": None}.get(value, value)
                kinds = {KINDS[one] for one in notes} - {None}
                found[body, grade.value] = (expected, BASES[basis], clause(where), kinds)
    assert len(found) == len(AuthorityKind) * len(Grade) == 24
    return found


# query, city, the table while L is in force, the table before it
ASKED = {
    "manager": (RULES.manager, None, cells(MANAGER), cells(MANAGER)),
    "manager-90": (
        RULES.manager, "90",
        cells(MANAGER, MANAGER_OTHER_OF_A_CITY), cells(MANAGER, MANAGER_OTHER_OF_A_CITY),
    ),
    "manager-14": (
        RULES.manager, "14",
        cells(MANAGER, MANAGER_LIAOCHENG), cells(MANAGER, MANAGER_OTHER_OF_A_CITY),
    ),
    "form": (RULES.form, None, cells(FORM), cells(FORM)),
    "form-14": (RULES.form, "14", cells(FORM, FORM_LIAOCHENG), cells(FORM)),
    "form-14-2018": (
        lambda *cell, **days: RULES.form(*cell, year=2018, **days), "14",
        cells(FORM, FORM_LIAOCHENG_2018), cells(FORM),
    ),
    "form-14-2019": (
        lambda *cell, **days: RULES.form(*cell, year=2019, **days), "14",
        cells(FORM, FORM_LIAOCHENG), cells(FORM),
    ),
    "numbering": (RULES.numbering, None, cells(NUMBERING), cells(NUMBERING)),
    "numbering-90": (
        RULES.numbering, "90",
        cells(NUMBERING, NUMBERING_OTHER_OF_A_CITY), cells(NUMBERING, NUMBERING_OTHER_OF_A_CITY),
    ),
    "numbering-14": (
        RULES.numbering, "14",
        cells(NUMBERING, NUMBERING_LIAOCHENG), cells(NUMBERING, NUMBERING_OTHER_OF_A_CITY),
    ),
}  # fmt: skip
DAYS = {
    # day: is the province's text in force, by the extension alone, is Liaocheng's notice
    date.min: (False, False, False),
    date(2011, 1, 1): (False, False, False),
    date(2019, 1, 26): (False, False, False),
    date(2019, 1, 27): (True, False, False),
    date(2019, 2, 19): (True, False, False),
    date(2019, 2, 20): (True, False, True),
    date(2024, 1, 26): (True, False, True),
    date(2024, 1, 27): (True, True, True),
    date(2026, 11, 29): (True, True, True),
    date(2029, 1, 26): (True, True, True),
    date(2029, 1, 27): (False, False, False),
    date.max: (False, False, False),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("day", DAYS)
def test_every_cell_on_every_day(asked, day):
    query, city, during, before = ASKED[asked]
    in_force, extended, local = DAYS[day]
    for cell, expected in (during if local else before).items():
        decision = query(*cell, city=city, on=day)
        if not in_force:
            assert (decision.value, decision.basis) == (None, Basis.NOT_IN_FORCE)
            assert decision.citations[0] == Citation(P, "第十七条")
            continue
        value, basis, where, kinds = expected
        assert (decision.value, decision.basis, decision.citations[0]) == (value, basis, where), (
            cell, decision,
        )  # fmt: skip
        if extended:
            kinds = kinds | {NoteKind.SOURCE, NoteKind.READING}
            assert decision.citations[-1] == Citation(EXTENSION, "", True)
        elif city == "14" and not local and during[cell][2].document == L:
            kinds = kinds | {NoteKind.TIME}  # the notice is still to come
        assert {note.kind for note in decision.notes} == kinds, (cell, decision.notes)
        assert decision.verified == (basis is Basis.STATED and not extended)
        assert (L in str(decision.citations)) <= local


@pytest.mark.parametrize("asked", ASKED)
def test_every_cell_without_a_day(asked):
    query, city, during, before = ASKED[asked]
    for cell, (value, basis, where, noted) in during.items():
        decision = query(*cell, city=city)
        assert (decision.value, decision.basis, decision.citations[0]) == (value, basis, where)
        # the notice alone states it, and without a day it need not be in force
        alone = where.document == L and before[cell][:2] != (value, Basis.STATED)
        # a title of 2018 may have been given out before the rules' first day
        older = asked == "form-14-2018" and (basis, where.document) != (Basis.STATED, L)
        kinds = noted | ({NoteKind.TIME} if alone else set())
        kinds |= {NoteKind.OPEN} if older else set()
        assert {note.kind for note in decision.notes} == kinds
        assert decision.verified == (basis is Basis.STATED and not alone and not older)
        assert bool(decision) is (value is not None)


@pytest.mark.parametrize("city", [None, "14", "90"])
def test_what_the_text_leaves_room_for_is_named(city):
    for cell, decision in (
        (cell, RULES.manager(*cell, city=city, on=date(2020, 1, 1)))
        for cell in product([one.value for one in AuthorityKind], [one.value for one in Grade])
    ):
        expected = MANAGERS_LEFT_OPEN.get(cell, ())
        if decision.basis in (Basis.STATED, Basis.PRINCIPLE):
            expected = ()
        assert decision.alternatives == expected, cell


def test_a_bodys_grade_that_a_clause_leaves_out_is_named_at_its_cell():
    """Which item of 第六条 is silent; 二 of Liaocheng's notice besides, for its own bodies."""
    left_out = {
        "senior": ("第六条（一）", "二（一）"),
        "intermediate": ("第六条（二）", "二（二）"),
        "junior": ("第六条（三）", "二（三）"),
    }
    province = {
        "senior": {"provincial-department", "provincial-enterprise", "city-department",
                   "city-enterprise", "county-hrss", "other"},
        "intermediate": {"provincial-hrss", "other"},
        "junior": {"provincial-hrss", "provincial-enterprise"},
    }  # fmt: skip
    city = {
        "senior": {"city-department", "city-enterprise", "county-hrss", "other"},
        "intermediate": {"city-enterprise", "other"},
        "junior": {"city-hrss", "city-enterprise", "other"},
    }
    for body, grade in product(AuthorityKind, Grade):
        decision = RULES.manager(body, grade, city="14", on=date(2020, 1, 1))
        found = [note.zh for note in decision.notes if "未提及" in note.zh]
        item, part = left_out[grade.value]
        expected = []
        if body.value in province[grade.value]:
            expected.append(f"{P} {item}未提及{body.label('zh')}核准公布的{grade.label('zh')}职称")
        if body.value in city[grade.value]:
            expected.append(f"{L} {part}未提及{body.label('zh')}核准公布的{grade.label('zh')}职称")
            assert Citation(L, part) in decision.citations
        assert found == expected, (body, grade)
    # under a code of the province the third item is silent about authorised units, too
    [note] = RULES.manager("other", "junior").notes
    assert note.zh == f"{P} 第六条（三）未提及其他授权的部门（单位）核准公布的初级职称"


def test_out_of_force_says_what_applied_or_that_nothing_is_known():
    before = RULES.manager("city-department", "junior", city="14", on=date(2019, 1, 26))
    assert [note.zh for note in before.notes] == [
        f"{P}自2019年1月27日起施行",
        f"{P}施行之日同时废止{OLDER}，此前可能适用{OLDER}；{OLDER}的编号规则不在本库范围内，其内容和起止日期不详",
        f"{L}对此另有规定，自2019年2月20日起适用",
    ]
    assert {note.kind for note in before.notes} == {NoteKind.TIME}
    after = RULES.manager("city-department", "junior", city="14", on=date(2029, 1, 27))
    assert after.citations == (Citation(P, "第十七条"), Citation(EXTENSION, "", True))
    told = [str(note) for note in after.notes if "ushui" not in note.en]
    assert told == [
        f"{P} applied through 2029-01-26",
        f"{EXTENSION} applies from 2024-01-27, the day after the last day that 第十七条 states "
        "(reading)",
        "what has applied since then is not known here",
        f"{L}, which also regulated this, applied through 2029-01-26",
    ]


def test_before_the_local_notice_the_province_answers_and_says_what_is_to_come():
    decision = RULES.manager("city-department", "junior", city="14", on=date(2019, 2, 19))
    assert decision.citations[0].document == P
    assert decision.notes[-1].zh == f"{L}对此另有规定，自2019年2月20日起适用"
    elsewhere = RULES.manager("city-department", "junior", city="90", on=date(2019, 2, 19))
    assert not any(L in note.en for note in elsewhere.notes)


IN_FORCE = {
    # day: the province's documents, those of Liaocheng, the basis of each
    date(2019, 1, 26): (None, None, "not-in-force", "not-in-force"),
    date(2019, 1, 27): ((P,), (P,), "stated", "stated"),
    date(2019, 2, 19): ((P,), (P,), "stated", "stated"),
    date(2019, 2, 20): ((P,), (P, L), "stated", "principle"),
    date(2024, 1, 26): ((P,), (P, L), "stated", "principle"),
    date(2024, 1, 27): ((P, EXTENSION), (P, L, EXTENSION), "by-reference", "principle"),
    date(2029, 1, 26): ((P, EXTENSION), (P, L, EXTENSION), "by-reference", "principle"),
    date(2029, 1, 27): (None, None, "not-in-force", "not-in-force"),
}


@pytest.mark.parametrize("day", IN_FORCE)
def test_what_is_in_force_and_who_says_so(day):
    province, local, basis, local_basis = IN_FORCE[day]
    for city, value, expected in ((None, province, basis), ("90", province, basis),
                                  ("14", local, local_basis)):  # fmt: skip
        decision = RULES.in_force(day, city=city)
        assert (decision.value, decision.basis.value) == (value, expected)
        assert decision.rests_on_reading == (expected not in ("stated", "not-in-force")
                                             or day == date(2029, 1, 27))  # fmt: skip
        assert bool(decision.unverified) == (value is not None and EXTENSION in value)
