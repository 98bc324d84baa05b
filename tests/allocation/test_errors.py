"""The errors of allocation: they travel, refine builtins and speak two languages."""

import copy
import pickle

import pytest

from sdcert.allocation import (
    AdoptionConflict,
    BrokenStore,
    InvalidRequest,
    NoStore,
    NumberNotIssued,
    RequestConflict,
    ScopeContended,
    ScopeExhausted,
    TransactionRequired,
)
from sdcert.errors import SdcertError
from sdcert.numbering import NumberScope

A = NumberScope(2018, "90020", "912")

ERRORS = [
    InvalidRequest("key", "empty", "", 200),
    RequestConflict("a", A, True, None),
    RequestConflict("a", A, False, A.number(1)),
    ScopeExhausted(A, None, 3),
    ScopeContended(A),
    ScopeContended(),
    NumberNotIssued(A.number(1)),
    NumberNotIssued(A.number(1), A.number(1, True)),
    AdoptionConflict((("marker", A.number(1), A.number(1, True)),) * 6),
    TransactionRequired("SQLiteStore"),
    TransactionRequired("SQLAlchemyStore", "dirty"),
    TransactionRequired("SQLAlchemyStore", "savepoint"),
    BrokenStore(A, "read", "last", "0"),
    BrokenStore(A, "append", "type", "None", "bool"),
    NoStore("numbers.db", "foreign"),
    NoStore("numbers.db", "empty"),
    NoStore("numbers.db", "taken"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_travel_and_speak_two_languages(error):
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is type(error)
        assert other.args == error.args
        assert str(other) == str(error)
    assert isinstance(error, SdcertError)
    assert len({str(error), error.message("zh")}) == 2
    assert any("\u4e00" <= char <= "\u9fff" for char in error.message("zh"))
    assert type(error).__mro__[2] in (ValueError, OverflowError, RuntimeError, LookupError)


def test_a_scope_is_named_by_year_region_and_series():
    assert "(year 2018, region 90020, series 912)" in str(ScopeContended(A))
    assert "（2018年度，地区部门90020，系列级别912）" in ScopeContended(A).message("zh-CN")
    assert str(ScopeExhausted(A, 99_998, 2)).startswith("1 number is left ")
    assert str(ScopeExhausted(A, None, 100_000)).startswith("99999 numbers are left ")


@pytest.mark.parametrize("count", [5, 6])
def test_five_conflicts_are_named(count):
    conflicts = [("voided", A.number(n), A.number(n)) for n in range(1, count + 1)]
    shown = str(AdoptionConflict(tuple(conflicts)))
    named = [str(number) in shown for _, number, _ in conflicts]
    assert named == [n < 5 for n in range(count)]
    assert shown.endswith("; …") is (count > 5)
