"""Every page opens for those who may open it, in both languages."""

import pytest
from flask.testing import FlaskClient

from tests.factories import Factory, sign_in

PUBLIC = (
    "/",
    "/questions",
    "/questions/unanswered",
    "/questions/unsolved",
    "/tags",
    "/search",
    "/search?q=reset",
    "/sign-in",
    "/join",
)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_stranger_reads_the_forum(client: FlaskClient, make: Factory, language: str) -> None:
    question = make.question()
    make.comment(make.answer(question))
    for path in (*PUBLIC, f"/questions/{question.id}", f"/posts/{question.id}/revisions"):
        response = client.get(path, headers={"Accept-Language": language})
        assert response.status_code == 200, path
        assert f'lang="{language}"' in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        ("customer", ["/ask", "/complaints", "/complaints/new", "/password"]),
        ("agent", ["/inbox", "/inbox?status=all", "/customers"]),
        ("manager", ["/insights", "/insights/reports", "/runs"]),
        ("admin", ["/inbox", "/customers", "/insights", "/runs"]),
    ],
)
def test_each_role_opens_its_pages(client: FlaskClient, make: Factory, role: str, paths: list[str]) -> None:
    sign_in(client, make.account("Reader", role))
    for path in paths:
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("path", ["/inbox", "/customers", "/insights", "/insights/reports", "/runs"])
def test_what_is_not_for_customers_does_not_exist_for_them(client: FlaskClient, make: Factory, path: str) -> None:
    sign_in(client, make.account())
    assert client.get(path).status_code == 404
