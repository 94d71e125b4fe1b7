"""Nothing is changed by a request that another site could have made the browser send."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.web.addresses import address, rules
from tests.web.refused import FOR_PROGRAMS
from tests.web.world import World, csrf_token, populate, sign_in_with_token


@pytest.fixture
def settings() -> dict[str, object]:
    return {"WTF_CSRF_ENABLED": True}


@pytest.fixture
def world(make: Factory, session: Session) -> World:
    return populate(make, session)


@pytest.mark.parametrize("reader", ["stranger", "admin"])
def test_every_address_that_changes_something_asks_for_the_token(
    app: Flask, client: FlaskClient, world: World, reader: str
) -> None:
    if reader != "stranger":
        sign_in_with_token(client, world.accounts[reader])
    for rule in sorted(
        rules(app, "POST") - FOR_PROGRAMS - {"/unsubscribe/<mail_token>", "/you-said/stop/<stop_token>"}
    ):  # these take no cookie, so none can be borrowed
        path = address(app, world, rule)
        for more in ({"data": {}}, {"data": {"csrf_token": "made up"}}, {"json": {"email": "a@example.org"}}):
            response = client.post(path, **more)
            assert response.status_code == 400, f"{path} {more}"
        assert "<h1>" in client.post(path).get_data(as_text=True)


def test_the_token_of_another_visitor_is_worth_nothing(app: Flask, client: FlaskClient) -> None:
    other = app.test_client()
    assert client.get("/sign-in").status_code == 200
    response = client.post("/language/en", data={"csrf_token": csrf_token(other)})
    assert response.status_code == 400


def test_a_request_with_the_token_goes_through(client: FlaskClient, world: World) -> None:
    sign_in_with_token(client, world.accounts["customer"])
    path = f"/questions/{world.numbers['question_id']}"
    data = {"csrf_token": csrf_token(client, path), "body": "Another answer."}
    assert client.post(f"{path}/answers", data=data).status_code == 302
    assert "Another answer." in client.get(path).get_data(as_text=True)


def test_only_get_and_post_are_spoken(app: Flask) -> None:
    methods = {method for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}
