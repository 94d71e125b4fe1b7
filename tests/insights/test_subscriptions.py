"""Who wants what: subscribed by a form or a button, stopped by one; a product manager's alerts come unasked until refused."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Invalid, NotFound
from community.insights import subscribing
from community.models import Account, Subscription
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.insights.making import make_theme


@pytest.fixture
def manager(make: Factory, client: FlaskClient) -> Account:
    account = make.account("Manager", "manager")
    sign_in(client, account)
    make.session.rollback()
    return account


def keys(session: Session, account: Account) -> list[str]:
    session.rollback()
    return [row.key for row in subscribing.own(session, account)]


def test_a_button_subscribes_once_and_stops_again(client: FlaskClient, session: Session, manager: Account) -> None:
    for _ in range(2):
        answer = client.post(
            "/insights/subscriptions", data={"what": "weekly", "of": "department:sales", "next": "/insights/reports"}
        )
        assert answer.location == "/insights/reports"
    assert keys(session, manager) == ["alerts:all", "weekly:department:sales"]
    row = session.scalars(select(Subscription)).one()
    assert (row.what, row.department) == ("weekly", "sales")
    assert "Weekly report" in client.get("/insights/subscriptions").get_data(as_text=True)
    client.post(f"/insights/subscriptions/{row.id}/deletion")
    assert keys(session, manager) == ["alerts:all"]


def test_managers_get_all_alerts_unasked_and_may_refuse_them(
    client: FlaskClient, session: Session, manager: Account
) -> None:
    assert "managers get these unasked" in client.get("/insights/subscriptions").get_data(as_text=True)
    client.post("/insights/subscriptions/refusal")
    assert keys(session, manager) == []
    client.post("/insights/subscriptions", data={"what": "alerts", "of": "all"})
    assert keys(session, manager) == ["alerts:all"]
    row = session.scalars(select(Subscription)).one()
    client.post(f"/insights/subscriptions/{row.id}/deletion")
    assert keys(session, manager) == [], "stopped is refused, or they would come again"


def test_an_administrator_gets_alerts_only_when_they_ask(make: Factory, session: Session) -> None:
    admin = make.account("Admin", "admin")
    assert keys(session, admin) == []
    theme = make_theme(session)
    subscribing.subscribe(session, "alerts", f"theme:{theme.id}", admin, NOW)
    session.commit()
    assert keys(session, admin) == [f"alerts:theme:{theme.id}"]
    assert set(subscribing.themes_of(session, subscribing.own(session, admin))) == {theme.id}


@pytest.mark.parametrize(
    ("what", "of"),
    [
        ("daily", "all"), ("weekly", "theme:1"), ("weekly", "department:gardening"), ("alerts", "product:99"),
        ("alerts", "theme:x"), ("alerts", "all:1"), ("alerts", ""), ("alerts", "product:9999999999999"),
    ],
)  # fmt: skip
def test_what_there_is_not_cannot_be_had(session: Session, make: Factory, what: str, of: str) -> None:
    make_theme(session)
    with pytest.raises(Invalid):
        subscribing.subscribe(session, what, of, make.account("Manager", "manager"), NOW)


def test_nobody_stops_what_is_anothers(make: Factory, session: Session) -> None:
    one, other = make.account("One", "manager"), make.account("Other", "manager")
    row = subscribing.subscribe(session, "monthly", "all", one, NOW)
    with pytest.raises(NotFound):
        subscribing.stop(session, row.id, other)
