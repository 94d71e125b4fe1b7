"""Whatever goes wrong, a program gets a problem document and never a page."""

from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from community.questions import queries
from tests.factories import Factory

TokenOf = Callable[..., dict[str, str]]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v2/questions", 404),
        ("GET", "/api/v1/questions/999999", 404),
        ("GET", "/api/v1/questions/99999999999999999999", 404),
        ("POST", "/api/v1/me", 405),
        ("DELETE", "/api/v1/questions/1", 405),
        ("GET", "/api/v1/questions?tag=%FF", 400),
        ("GET", "/api/v1/search?q=%00", 400),
    ],
)
def test_what_cannot_be_served_is_a_problem(client: FlaskClient, method: str, path: str, status: int) -> None:
    response = client.open(path, method=method)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert response.get_json()["status"] == status
    assert ("Allow" in response.headers) == (status == 405)


def test_a_page_stays_a_page(client: FlaskClient) -> None:
    assert client.get("/nothing").mimetype == "text/html"


def crash(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("a secret detail")


def busy(*_: Any, **__: Any) -> NoReturn:
    raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))


def test_a_crash_tells_its_number_and_nothing_else(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(queries, "question_list", crash)
    response = client.get("/api/v1/questions")
    assert response.status_code == 500
    assert "secret" not in response.get_data(as_text=True)
    assert f"error {response.get_json()['number']}" in caplog.text


def test_a_busy_database_says_when_to_come_back(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "question_list", busy)
    response = client.get("/api/v1/questions")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "3")


class TestLimits:
    """Counted by account where there is a token, else by address."""

    @pytest.fixture
    def settings(self) -> dict[str, object]:
        return {"RATELIMIT_ENABLED": True}

    def test_strangers_read_sixty_times_a_minute(self, client: FlaskClient, make: Factory, token_of: TokenOf) -> None:
        mine = token_of(make.account())
        got = [client.get("/api/v1/questions").status_code for _ in range(61)]
        assert set(got[:60]) == {200}
        response = client.get("/api/v1/search?q=lamp")
        assert (got[60], response.status_code) == (429, 429)
        assert 0 < int(response.headers["Retry-After"]) <= 60
        assert response.mimetype == "application/problem+json"
        assert client.get("/api/v1/questions", headers=mine).status_code == 200, "an account is counted by itself"

    def test_an_account_writes_sixty_times_an_hour(self, client: FlaskClient, make: Factory, token_of: TokenOf) -> None:
        asked, mine = make.question(), token_of(make.account())
        path = f"/api/v1/questions/{asked.id}/answers"
        got = [client.post(path, json={"body": ""}, headers=mine).status_code for _ in range(61)]
        assert got == [422] * 60 + [429]
