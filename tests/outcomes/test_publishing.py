"""A manager drafts an outcome, looks at who would hear of it, publishes it where all can read it, and can withdraw it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Conflict, Invalid, NotAllowed
from community.insights import corrections
from community.models import (
    Account,
    Complaint,
    Correction,
    Mail,
    Outcome,
    OutcomeNote,
    Theme,
    Verbatim,
)
from community.outcomes import service
from community.outcomes.audience import audience
from tests.factories import Factory, sign_in
from tests.insights.making import lately, make_theme, say
from tests.outcomes.making import WORDS, deliver, done, drafted, published


@pytest.fixture
def theme(session: Session) -> Theme:
    return make_theme(session, "courier")


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


def test_only_a_manager_publishes_a_whole_draft_of_an_ended_theme_as_it_was_looked_at(
    make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    row = drafted(session, theme, manager)
    with pytest.raises(Conflict, match="status"):
        service.publish(session, row, manager, lately(0))
    session.rollback()
    done(session, theme, manager, "won't do")
    with pytest.raises(NotAllowed):
        service.publish(session, row, make.account("Agent", "agent"), lately(0))
    with pytest.raises(Conflict, match="changed the draft"):
        service.publish(session, row, manager, lately(0), seen="2026-01-01T00:00:00+00:00")
    session.rollback()
    drafted(session, theme, manager, title="")
    with pytest.raises(Invalid):
        service.publish(session, row, manager, lately(0))
    session.rollback()
    drafted(session, theme, manager)
    service.publish(session, row, manager, lately(0), seen=row.changed_at.isoformat())
    session.commit()
    assert (row.state, row.is_done) == ("published", False)
    with pytest.raises(Conflict, match="already"):
        service.publish(session, row, manager, lately(0))


def test_the_public_page_and_the_questions_note_come_and_go_with_it(
    app: Flask, client: FlaskClient, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    mention = say(make, theme, "The courier lost it", by=make.account())
    say(make, theme, "A private word about the courier", address="private@example.org")
    question = session.get_one(Verbatim, mention.verbatim_id).post_id
    row = published(session, theme, manager)
    assert session.scalars(select(OutcomeNote.question_id)).all() == [question]
    public = f"/you-said/{row.id}"
    assert WORDS["title"] in client.get("/you-said").get_data(as_text=True)
    assert "private word" not in client.get(public).get_data(as_text=True)
    assert public in client.get(f"/questions/{question}").get_data(as_text=True)
    service.withdraw(session, row, manager, lately(0))
    session.commit()
    assert client.get(public).status_code == 404
    assert WORDS["title"] not in client.get("/you-said").get_data(as_text=True)
    assert public not in client.get(f"/questions/{question}").get_data(as_text=True)


def test_the_managers_page_keeps_the_draft_shows_both_languages_and_counts(
    client: FlaskClient, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    for n in range(5):
        say(make, theme, f"The courier lost it, write to me{n}@example.org", address=f"{n}@example.org")
    sign_in(client, manager)
    page = f"/insights/themes/{theme.id}/outcome"
    assert client.post(page, data=WORDS | {"done_on": "2999-01-01"}).status_code == 422
    assert client.post(page, data=WORDS | {"done_on": lately(1).date().isoformat()}).status_code == 302
    text = client.get(page).get_data(as_text=True)
    assert "Parcels <strong>arrive</strong>" in text
    assert "包裹会<strong>送到</strong>" in text or "包裹会**送到**" in text
    assert "me0@example.org" not in text, "covered"
    session.rollback()
    assert session.scalars(select(Outcome.state)).all() == ["draft"]
    assert session.scalar(select(Mail.id)) is None
    assert len(audience(session, theme.id, lately(0)).told) == 5
    assert session.scalar(select(Complaint.id).limit(1)) is not None


def test_undoing_the_publication_withdraws_it_for_what_was_told_is_no_draft_again(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    say(make, theme, "The courier lost it", by=make.account())
    row = published(session, theme, manager)
    drafted(session, theme, manager, title="Another")
    deliver(app)
    publication = session.scalars(select(Correction).where(Correction.kind == "publish")).one()
    corrections.undo(session, publication.id, manager, lately(0))
    session.commit()
    assert sorted(session.scalars(select(Outcome.state))) == ["draft", "withdrawn"]
    assert session.get_one(Outcome, row.id).state == "withdrawn"
