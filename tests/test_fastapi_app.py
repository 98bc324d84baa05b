"""The FastAPI example: numbers in paths, queries and bodies, Chinese errors, numbers given out."""

import importlib
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

EXAMPLE = Path(__file__).parents[1] / "examples" / "fastapi_app"
NEW = {"key": "a", "year": 2019, "region_code": "90001", "series_code": "601", "holder": "示例甲"}


@pytest.fixture
def client(monkeypatch):
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
    claim = client.post("/claims", json={"number": spaced, "holder": "示例乙"})
    assert claim.json() == {"number": numbers[0], "known": False}
    assert client.get("/certificates/鲁199000160100002").status_code == 404


@pytest.mark.parametrize(("lang", "words"), [
    ("zh-CN,zh;q=0.9", "编号应有15位数字，现有2位"), ("en", "needs 15 digits"), ("", "15 digits"),
])  # fmt: skip
def test_errors_are_in_the_language_of_the_browser(client, lang, words):
    for answer in (
        client.get("/certificates/鲁19", headers={"accept-language": lang}),
        client.get("/certificates", params={"number": "鲁19"}, headers={"accept-language": lang}),
        client.post("/claims", json={"number": "鲁19", "holder": "x"},
                    headers={"accept-language": lang}),
    ):  # fmt: skip
        assert answer.status_code == 422
        (error,) = answer.json()["detail"]
        assert error["type"] == "sdcert.length"
        assert words in error["msg"] or words.removeprefix("needs ") in error["msg"]


def test_what_is_refused_saves_nothing(client):
    assert client.post("/certificates", json=NEW | {"year": 1999}).status_code == 422
    client.post("/certificates", json=NEW)
    conflict = client.post("/certificates", json=NEW | {"series_code": "612"})
    assert conflict.status_code == 409
    assert not conflict.json()["detail"].isascii()
    assert client.get("/certificates/鲁199000161200001").status_code == 404
