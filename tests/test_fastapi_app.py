"""The FastAPI example: numbers in paths, queries and bodies, Chinese errors, numbers given out."""

import importlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from sdcert.allocation import BrokenStore

EXAMPLE = Path(__file__).parents[1] / "examples" / "fastapi_app"
SCOPE = {"year": 2019, "region_code": "90001", "series_code": "601"}
SAVED = {"holder": "示例甲", "approved_on": "2019-12-20"}
NEW = {"key": "a"} | SCOPE | SAVED


@pytest.fixture
def client(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/certificates.db")
    monkeypatch.syspath_prepend(str(EXAMPLE))
    sys.modules.pop("app", None)
    app = importlib.import_module("app")

    with TestClient(app.app) as made:
        yield made
    app.engine.dispose()
    sys.modules.pop("app")


def test_a_number_is_given_out_once_and_found_in_every_place(client):
    numbers = [client.post("/certificates", json=NEW).json()["number"] for _ in range(2)]
    assert numbers == ["鲁199000160100001"] * 2  # a retry is answered with the same number
    saved = {"number": numbers[0], "holder": "示例甲"}
    assert client.get(f"/certificates/{numbers[0]}").json() == saved
    spaced = " 鲁 19 90001 601 00001"
    assert client.get("/certificates", params={"number": spaced}).json() == [saved]
    claim = client.post("/claims", json=SAVED | {"number": spaced, "holder": "示例乙"})
    assert claim.json() == {"number": numbers[0], "known": False}
    assert client.get("/certificates/鲁199000160100002").status_code == 404


@pytest.mark.parametrize(("lang", "words"), [
    ("zh-CN,zh;q=0.9", "编号应有15位数字，现有2位"), ("en", "needs 15 digits"), ("", "15 digits"),
])  # fmt: skip
def test_errors_are_in_the_language_of_the_browser(client, lang, words):
    for answer in (
        client.get("/certificates/鲁19", headers={"accept-language": lang}),
        client.get("/certificates", params={"number": "鲁19"}, headers={"accept-language": lang}),
        client.post("/claims", json=SAVED | {"number": "鲁19"},
                    headers={"accept-language": lang}),
    ):  # fmt: skip
        assert answer.status_code == 422
        (error,) = answer.json()["detail"]
        assert error["type"] == "sdcert.length"
        assert words in error["msg"] or words.removeprefix("needs ") in error["msg"]


def test_a_number_that_somebody_else_has_is_not_given_out(client):
    """A host's row that the allocation was not told of is no retry."""
    app = sys.modules["app"]
    with app.orm.Session(app.engine) as session, session.begin():
        row = {"holder": "示例乙", "approved_on": app.date(2019, 12, 20)}
        number = app.CertificateNumber.parse("鲁199000160100001")
        session.add(app.Certificate(number=number, **row))
    for _ in range(2):
        assert client.post("/certificates", json=NEW).status_code == 409
    assert client.get(f"/certificates/{number}").json()["holder"] == "示例乙"


def test_what_is_refused_saves_nothing(client):
    assert client.post("/certificates", json=NEW | {"year": 1999}).status_code == 422
    client.post("/certificates", json=NEW)
    conflict = client.post("/certificates", json=NEW | {"series_code": "612"})
    assert conflict.status_code == 409
    assert client.get("/certificates/鲁199000161200001").status_code == 404


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize(("changed", "status"), [
    ({"year": 1999}, 422), ({"key": ""}, 422), ({"region_code": "9"}, 422),
    ({"year": "x"}, 422), ({"year": 2019.5}, 422), ({"holder": None}, 422), ({"key": 5}, 422),
    ({"series_code": "612"}, 409),
])  # fmt: skip
def test_what_is_refused_is_told_in_the_language_of_the_browser(client, lang, changed, status):
    client.post("/certificates", json=NEW)
    headers = {"accept-language": lang}
    answer = client.post("/certificates", json=NEW | changed, headers=headers)
    assert answer.status_code == status
    detail = answer.json()["detail"]
    (text,) = [one["msg"] for one in detail] if isinstance(detail, list) else [detail]
    assert (lang == "zh-CN") == any("一" <= char <= "鿿" for char in text.replace("鲁", ""))


def test_a_fault_of_the_service_is_no_refusal(client, monkeypatch):
    def broken(_, asked):
        raise BrokenStore(asked[0].scope, "append", "type", "None")

    monkeypatch.setattr(sys.modules["app"], "allocate", broken)
    with pytest.raises(BrokenStore):
        client.post("/certificates", json=NEW)


def test_parallel_requests_get_different_numbers_without_a_gap(client):
    def issue(key):
        return client.post("/certificates", json=NEW | {"key": str(key)})

    with ThreadPoolExecutor(20) as threads:
        answers = [one for start in (0, 20) for one in threads.map(issue, range(start, start + 20))]
    assert {one.status_code for one in answers} == {201}
    numbers = sorted(one.json()["number"] for one in answers)
    assert numbers == [f"鲁19900016010{i:04d}" for i in range(1, 41)]


@pytest.mark.parametrize(("lang", "missing", "day"), [
    ("zh-CN", "此项必填", "应为日期，如2024-11-01"), ("en", "Field required", "valid date"),
])  # fmt: skip
def test_what_fastapi_says_itself_is_in_chinese_too(client, lang, missing, day):
    headers = {"accept-language": lang}
    wrong = SCOPE | {"key": "a", "approved_on": "2019-13-01"}
    detail = client.post("/certificates", json=wrong, headers=headers).json()["detail"]
    said = {one["loc"][-1]: one["msg"] for one in detail}
    assert said.keys() == {"holder", "approved_on"}
    assert said["holder"] == missing
    assert day in said["approved_on"]
    for other in (None, "x", "2019-12-20T10:00:00"):  # each with a type of its own
        answer = client.post("/certificates", json=NEW | {"approved_on": other}, headers=headers)
        assert answer.json()["detail"][0]["msg"].isascii() == (lang == "en")


@pytest.mark.parametrize("value", ['"\\ud800"', "NaN"])
def test_what_json_cannot_hold_is_refused_like_anything_else(client, value):
    body = json.dumps(SAVED | {"number": None}).replace("null", value)
    answer = client.post("/claims", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"].startswith("sdcert.")


def test_a_number_is_recorded_once_with_or_without_the_marker(client):
    def record(number):
        return client.post("/records", json=SAVED | {"number": number})

    assert record("鲁199000160100099").status_code == 201
    for again in ("鲁199000160100099", "鲁199000160100099（基层）"):
        assert record(again).status_code == 409
    assert record("鲁199000160100100（基层）").status_code == 201
    assert client.post("/certificates", json=NEW).json() == {"number": "鲁199000160100101"}
