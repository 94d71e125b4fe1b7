"""Product and tags of a question can be put right later; what was said below it follows to the other product."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.errors import Invalid
from community.models import Account, Event, Question, Revision, Verbatim
from community.questions import queries, service
from tests.conftest import NOW
from tests.factories import Factory, sign_in

LATER = NOW.replace(hour=18)


@pytest.fixture
def asker(make: Factory) -> Account:
    return make.account("Asker")


def products_of_verbatims(session: Session) -> set[int | None]:
    session.commit()
    return set(session.scalars(select(Verbatim.product_id)))


def tags(session: Session, asked: Question) -> list[str]:
    session.commit()
    return [tag.slug for tag in queries.question(session, asked.id).tags]


def test_another_product_takes_all_words_about_the_question_along(
    session: Session, make: Factory, asker: Account
) -> None:
    lamp, band = make.product("lamp"), make.product("band")
    asked = make.question(asker, product=lamp)
    make.comment(make.answer(asked))
    elsewhere = make.question(asker)
    service.edit(session, asked, None, asked.body, asker, LATER, (band, []))
    session.commit()
    of = {row.post_id: row.product_id for row in session.scalars(select(Verbatim))}
    assert of.pop(elsewhere.id) is None
    assert set(of.values()) == {band.id}
    assert len(of) == 3
    assert (asked.product_id, asked.active_at) == (band.id, LATER)
    service.edit(session, asked, None, asked.body, asker, LATER, (None, []))
    assert products_of_verbatims(session) == {None}


def test_what_is_said_after_the_change_is_about_the_new_product(
    session: Session, make: Factory, asker: Account
) -> None:
    lamp, band = make.product("lamp"), make.product("band")
    asked = make.question(asker, product=lamp)
    service.edit(session, asked, None, asked.body, asker, LATER, (band, []))
    session.commit()
    make.comment(make.answer(asked))
    assert products_of_verbatims(session) == {band.id}


def test_changed_labels_are_an_edit_for_the_search_but_no_text_of_the_history(
    session: Session, make: Factory, asker: Account
) -> None:
    asked = make.question(asker, tags=["a", "b"])
    service.edit(session, asked, asked.title, asked.body, asker, LATER, (None, ["b", "c"]))
    assert tags(session, asked) == ["b", "c"]
    assert session.scalars(select(Event.kind).where(Event.created_at == LATER)).all() == ["question.edited"]
    assert session.scalar(select(func.count()).select_from(Revision)) == 0
    assert asked.edited_at is None


@pytest.mark.parametrize("names", [["b", "a"], ["A", "b", "a"]])
def test_the_same_labels_again_are_no_edit(session: Session, make: Factory, asker: Account, names: list[str]) -> None:
    asked = make.question(asker, tags=["a", "b"])
    service.edit(session, asked, asked.title, asked.body, asker, LATER, (None, names))
    session.commit()
    assert asked.active_at == NOW
    assert session.scalar(select(func.count()).where(Event.kind == "question.edited")) == 0


def test_labels_that_are_not_spoken_of_stay(session: Session, make: Factory, asker: Account) -> None:
    asked = make.question(asker, tags=["a"], product=make.product())
    product = asked.product_id
    service.edit(session, asked, "Another title", "Another text", asker, LATER)
    assert tags(session, asked) == ["a"]
    assert asked.product_id == product


def test_six_tags_are_too_many_and_change_nothing(session: Session, make: Factory, asker: Account) -> None:
    asked = make.question(asker, tags=["a"], body="Before.")
    with pytest.raises(Invalid):
        service.edit(session, asked, None, "After.", asker, LATER, (None, "a b c d e f".split()))
    session.rollback()
    assert (tags(session, asked), asked.body) == (["a"], "Before.")


def test_the_form_shows_the_labels_and_saves_others(
    client: FlaskClient, session: Session, make: Factory, asker: Account
) -> None:
    asked = make.question(asker, tags=["battery", "night"], product=make.product("lamp"))
    band = make.product("band")
    sign_in(client, asker)
    path = f"/posts/{asked.id}/edit"
    page = client.get(path).get_data(as_text=True)
    assert 'value="battery night"' in page
    assert 'selected value="lamp"' in page
    sent = {"title": asked.title, "body": asked.body, "product": "band", "tags": "night，早上", "submit": "1"}
    assert client.post(path, data=sent).status_code == 302
    session.expire_all()
    assert (tags(session, asked), asked.product_id) == (["night", "早上"], band.id)
    assert client.post(path, data=sent | {"tags": "a b c d e f"}).status_code == 422


def test_all_tags_stand_by_name_with_their_questions_and_none_that_only_hidden_ones_have(
    client: FlaskClient, session: Session, make: Factory
) -> None:
    for labels in (["battery", "alarm"], ["battery", "电池"]):
        make.question(tags=labels)
    make.question(tags=["spam-only"]).deleted_at = NOW
    session.commit()
    assert queries.tag_page(session, "", "").rows == [("alarm", 1), ("battery", 2), ("电池", 1)]
    assert queries.tag_page(session, "", "", most=2) == queries.TagPage([("alarm", 1), ("battery", 2)], "battery")
    assert queries.tag_page(session, "", "battery", most=2) == queries.TagPage([("电池", 1)], None)
    assert queries.tag_page(session, "AT", "").rows == [("battery", 2)]
    assert queries.tag_page(session, "%", "").rows == []
    html = client.get("/tags").get_data(as_text=True)
    assert 'href="/questions?tag=battery"' in html
    assert "spam-only" not in html
    assert "No such tag" in client.get("/tags?q=nothing").get_data(as_text=True)
    assert 'href="/tags"' in client.get("/questions").get_data(as_text=True)
