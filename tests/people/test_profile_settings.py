"""What others see of oneself: name, handle, a few words, and the language."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Account, Event, Revision, Verbatim
from community.people import service
from community.questions import service as questions
from community.reactions import deliver_pending
from community.search import queries as search
from tests.conftest import NOW
from tests.factories import Factory, sign_in

PATH = "/settings/profile"


@pytest.fixture
def bea(make: Factory) -> Account:
    return make.account("Bea Hill")


def save(session: Session, account: Account, **changed: str) -> None:
    kept = {"name": account.name, "handle": account.handle, "about": account.about, "locale": account.locale or ""}
    service.save_profile(session, account, **(kept | changed), now=NOW)
    session.commit()


def refused(session: Session, account: Account, **changed: str) -> dict[str, str]:
    with pytest.raises(service.Refused) as error:
        save(session, account, **changed)
    session.rollback()
    return error.value.wrong


def renamings(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Event).where(Event.kind == "account.renamed")) or 0


def test_a_new_name_and_handle_are_kept_and_told_to_the_rest(session: Session, bea: Account) -> None:
    save(session, bea, name="  Béa   Hill ", handle="Bea_of the Hill")
    assert (bea.name, bea.handle) == ("Béa Hill", "bea-of-the-hill")
    told = session.scalars(select(Event).where(Event.kind == "account.renamed")).one()
    assert (told.subject_id, told.actor_id) == (bea.id, bea.id)


def test_who_called_the_old_handle_calls_the_new_one(app: Flask, session: Session, make: Factory, bea: Account) -> None:
    other = make.account("Other")
    asked = make.question(other, body="Dear @Bea-Hill, help. Not @bea-hillary, nor me@bea-hill.example.")
    questions.edit(session, asked, asked.title, asked.body + " Thanks @bea-hill你好!", other, NOW)
    session.commit()
    save(session, bea, handle="bea")
    expected = "Dear @bea, help. Not @bea-hillary, nor me@bea-hill.example."
    assert asked.body == f"{expected} Thanks @bea你好!"
    assert session.scalars(select(Revision.body)).one() == expected
    assert "bea-hill," not in session.scalars(select(Verbatim.text)).one()
    session.rollback()
    while deliver_pending():
        pass
    found = search.find(app.config["SEARCH_INDEX_DIR"], '"dear bea help"', session=session)
    assert [hit.question_id for hit in found.hits] == [asked.id], "the index follows"


def test_a_new_name_alone_changes_no_text(session: Session, make: Factory, bea: Account) -> None:
    asked = make.question(make.account("Other"), body="Dear @Bea-Hill")
    save(session, bea, name="Beatrice")
    assert asked.body == "Dear @Bea-Hill"


def test_other_changes_are_no_renaming(session: Session, bea: Account) -> None:
    save(session, bea, about="I fix lamps.", locale="zh_CN")
    assert (bea.about, bea.locale, renamings(session)) == ("I fix lamps.", "zh_CN", 0)
    save(session, bea, locale="")
    assert bea.locale is None


def test_a_handle_is_of_one_person(session: Session, make: Factory, bea: Account) -> None:
    other = make.account("Cy")
    assert "handle" in refused(session, bea, handle="CY")
    save(session, other, handle="cyrus")
    save(session, bea, handle="cy")
    assert bea.handle == "cy"


@pytest.mark.parametrize(
    "handle", ["x", "a" * 41, "---", "@@", "me", "everyone", "settings", "admin", "support", "客服小王", "earshot"]
)
def test_handles_that_are_none_reserved_or_posing_are_refused(session: Session, bea: Account, handle: str) -> None:
    assert set(refused(session, bea, handle=handle)) == {"handle"}


def test_nobody_takes_the_look_of_the_staff(session: Session, make: Factory, bea: Account) -> None:
    make.account("Aino Berg", "agent")
    assert set(refused(session, bea, name="Aіno Berg", handle="a1no-berg")) == {"name", "handle"}


def test_everything_that_is_wrong_is_told_at_once(session: Session, bea: Account) -> None:
    wrong = refused(session, bea, name="x", handle="?", about="a" * 501, locale="fr")
    assert set(wrong) == {"name", "handle", "about", "locale"}
    assert renamings(session) == 0


def test_500_characters_about_oneself_fit_and_one_more_does_not(session: Session, bea: Account) -> None:
    save(session, bea, about="字" * 500)
    assert "about" in refused(session, bea, about="字" * 501)


def test_newcomers_link_nowhere_and_nobody_shows_images(session: Session, bea: Account) -> None:
    bea.trust = "newcomer"
    session.commit()
    assert "about" in refused(session, bea, about="See https://shop.example")
    assert "about" in refused(session, bea, about="[shop](https://shop.example)")
    bea.trust = "member"
    save(session, bea, about="See https://shop.example")
    assert "about" in refused(session, bea, about="![x](/uploads/x.webp)")


def test_what_a_former_member_wrote_before_does_not_keep_them_from_saving(session: Session, bea: Account) -> None:
    save(session, bea, about="See https://shop.example")
    bea.trust = "newcomer"
    save(session, bea, name="Bea Hall")
    assert bea.name == "Bea Hall"


def test_the_form_saves_and_keeps_what_was_typed_when_something_is_wrong(
    client: FlaskClient, session: Session, bea: Account
) -> None:
    sign_in(client, bea)
    answer = client.post(PATH, data={"name": "Bea Hall", "handle": "admin", "about": "Typed words", "locale": ""})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Typed words" in page
    assert 'aria-invalid="true"' in page
    assert 'value="admin"' in page
    answer = client.post(PATH, data={"name": "Bea Hall", "handle": "hall", "about": "Typed words", "locale": "zh_CN"})
    assert answer.status_code == 303
    session.rollback()
    assert (bea.name, bea.handle, bea.about, bea.locale) == ("Bea Hall", "hall", "Typed words", "zh_CN")
    assert 'lang="zh-CN"' in client.get(PATH).get_data(as_text=True), "in this browser too"
    assert client.get("/people/bea-hill").status_code == 404
    assert client.get("/people/hall").status_code == 200


def test_strangers_are_sent_to_sign_in(client: FlaskClient) -> None:
    assert client.get(PATH).status_code == 302
    assert client.get("/home").status_code == 302
