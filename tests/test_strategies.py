"""The strategies keep what they promise to those who test with them."""

import importlib
import inspect
import os
import subprocess
import sys

import attrs
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from sdcert.checking import Verdict, is_valid
from sdcert.codes import CodeBook
from sdcert.numbering import CertificateNumber, NumberScope
from sdcert.testing import samples
from sdcert.testing.books import editions
from sdcert.testing.strategies import (
    certificate_numbers,
    invalid_texts,
    scopes,
    written_forms,
)


@given(st.from_type(CertificateNumber), st.from_type(NumberScope))
def test_types_are_registered_with_hypothesis(number, scope):
    for value in (number, scope):
        assert value.region_code >= "90000"
        assert value.series_code >= "600"
        assert value.year >= 2017


@given(st.data())
def test_parts_can_be_chosen_by_collection_or_strategy(data):
    number = data.draw(
        certificate_numbers(
            years=st.just(2018), regions=("14020",), series={"011", "012"}, grassroots=True
        )
    )
    assert (number.year, number.region_code, number.grassroots) == (2018, "14020", True)
    assert number.series_code in {"011", "012"}
    scope = data.draw(scopes(years=range(2020, 2022)))
    assert scope.year in {2020, 2021}


def test_strategies_shrink_to_the_plainest_case():
    assert str(find(certificate_numbers(), bool)) == "鲁179000060000001"
    marked = find(certificate_numbers(), lambda n: n.grassroots)
    assert str(marked) == "鲁179000060000001（基层）"
    assert find(written_forms(marked), bool) == str(marked)
    assert len(find(written_forms(marked), lambda text: text != str(marked))) <= 21


@pytest.mark.parametrize("code", [None, "empty", "prefix", "length", "digits", "layout", "marker"])
def test_no_invalid_text_is_valid(code):
    @given(invalid_texts(code))
    def law(text):
        assert not is_valid(text)

    law()


@pytest.mark.parametrize("code", ["not-text", "region-unknown", "year-in-future", "nonsense"])
def test_a_finding_that_no_text_has_first_is_refused(code):
    with pytest.raises(ValueError, match=code):
        invalid_texts(code)


@given(st.integers(0, 50), st.integers(0, 3))
def test_samples_are_reproducible_examples(n, seed):
    numbers = samples(n, seed=seed)
    assert numbers == samples(n, seed=seed)
    assert len({number.digits for number in numbers}) == n
    assert all(n.region_code >= "90000" and n.series_code >= "600" for n in numbers)


def test_seeds_differ():
    assert samples(5, seed=1) != samples(5, seed=2)
    with pytest.raises(ValueError, match="n must be 0 through 1000000, not 1000001"):
        samples(1_000_001)


@pytest.mark.parametrize("parts", [{"regions": "14020"}, {"years": 2018}, {"series": "012"}])
def test_one_value_is_no_collection(parts):
    for strategy in (certificate_numbers, scopes):
        with pytest.raises(TypeError, match=f"{next(iter(parts))} must be a strategy or a coll"):
            strategy(**parts)
        with pytest.raises(ValueError, match="must not be empty: there is nothing to draw from"):
            strategy(**dict.fromkeys(parts, ()))


def test_a_domain_without_codes_is_refused():
    with pytest.raises(ValueError, match="domain must be one of province, city:91, city:92, seri"):
        find(editions(domain="city:14"), bool)


def test_the_order_of_a_set_does_not_matter():
    code = (
        "from hypothesis import find; from sdcert.testing.strategies import scopes;"
        "print(find(scopes(series={'605', '601', '603'}), bool))"
    )
    seeds = [{**os.environ, "PYTHONHASHSEED": seed} for seed in "12"]
    runs = [subprocess.check_output([sys.executable, "-c", code], env=env) for env in seeds]
    assert runs[0] == runs[1]


def public_values():
    """Every public class of the core that is a value: no error, choice, store or protocol."""
    for module in (
        *("numbering", "findings", "checking", "codes", "codes.adjust", "codes.diff", "rules"),
        *("rulefiles", "allocation", "allocation.model", "allocation.policy", "eligibility"),
    ):
        home = importlib.import_module(f"sdcert.{module}")
        for name in home.__all__:
            cls = getattr(home, name)
            if (
                inspect.isclass(cls)
                and (
                    attrs.has(cls) or issubclass(cls, tuple) or cls in (CertificateNumber, CodeBook)
                )
                and not issubclass(cls, Exception)
            ):
                yield cls


TYPES = sorted(set(public_values()), key=lambda cls: cls.__name__)


def test_no_type_is_named_twice():
    assert len(TYPES) == len({cls.__name__ for cls in TYPES}) > 40


@pytest.mark.parametrize("cls", TYPES)
def test_hypothesis_knows_every_value_class(cls):
    seen = set()

    @settings(max_examples=15)
    @given(st.from_type(cls))
    def draw(value):
        assert type(value) is cls
        seen.add(repr(value))
        if cls is Verdict:
            assert bool(value) is (value.outcome == "valid")
            assert value.findings or value.outcome == "valid"

    draw()
    assert len(seen) > 1
