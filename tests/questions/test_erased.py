"""A post whose author erased its words stays as a place for what others wrote, says nothing, and takes nothing more."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.errors import Conflict, Invalid
from community.models import Account, Answer, Post, Question
from community.questions import queries, service
from tests.conftest import NOW
from tests.factories import Factory, sign_in


def erase(session: Session, post: Post) -> None:
    """As the privacy page does with a post below which others wrote."""
    post.body, post.author_id, post.erased_at = "", None, NOW
    if isinstance(post, Question):
        post.title = ""
    session.commit()


@pytest.fixture
def asker(make: Factory) -> Account:
    return make.account("Asker")


@pytest.fixture
def asked(make: Factory, asker: Account) -> Question:
    return make.question(asker, title="A secret of mine", body="Secret words.")


@pytest.fixture
def given(make: Factory, asked: Question) -> Answer:
    return make.answer(asked, make.account("Helper"), "A secret remedy.")


def test_an_erased_question_stays_with_its_answers_and_without_its_words(
    client: FlaskClient, session: Session, make: Factory, asked: Question, given: Answer
) -> None:
    erase(session, asked)
    path = f"/questions/{asked.id}"
    for reader in (None, make.account("Reader"), make.account("Mod", "moderator")):
        if reader:
            sign_in(client, reader)
        page = client.get(path).get_data(as_text=True)
        assert "A secret remedy." in page
        assert "Erased question" in page
        assert "The author erased these words." in page
        assert 'content="noindex, follow"' in page
        assert "application/ld+json" not in page
        assert f'action="/posts/{asked.id}/' not in page, "nothing can be done to it"
        assert f'action="{path}/answers' not in page
        client.post("/sign-out")


def test_an_erased_question_takes_no_answer_comment_edit_or_solution(
    client: FlaskClient, session: Session, make: Factory, asked: Question, given: Answer
) -> None:
    moderator = make.account("Mod", "moderator")
    erase(session, asked)
    with pytest.raises(Conflict):
        service.answer(session, asked, "Hold the button.", moderator, NOW)
    with pytest.raises(Conflict):
        service.comment(session, asked, "Why?", moderator, NOW)
    with pytest.raises(Conflict):
        service.edit(session, asked, "New words", "New words.", moderator, NOW)
    session.rollback()
    sign_in(client, moderator)
    assert client.post(f"/questions/{asked.id}/answers", data={"body": "Hold it.", "submit": "1"}).status_code == 409
    assert client.post(f"/posts/{asked.id}/comments", data={"body": "Why?", "submit": "1"}).status_code == 409
    assert client.get(f"/posts/{asked.id}/revisions").status_code == 409


def test_an_erased_question_is_in_no_list_feed_or_sitemap(
    client: FlaskClient, session: Session, make: Factory, asked: Question, given: Answer
) -> None:
    kept = make.question(make.account(), title="Kept question")
    erase(session, asked)
    for order in queries.ORDERS.keys() - {"watched"}:
        assert asked.id not in [row.id for row in queries.question_list(session, order).rows], order
    assert queries.counts(session)["questions"] == 1
    for path in ("/", "/questions", "/questions/hot", "/questions.atom", "/sitemaps/questions-0.xml"):
        page = client.get(path).get_data(as_text=True)
        assert f"/questions/{kept.id}" in page or path == "/questions/hot"
        assert f"/questions/{asked.id}<" not in page
        assert f'/questions/{asked.id}"' not in page


def test_an_erased_answer_shows_no_words_and_takes_nothing_more(
    client: FlaskClient, session: Session, make: Factory, asked: Question, given: Answer, asker: Account
) -> None:
    make.comment(given, asker, "It worked!")
    erase(session, given)
    sign_in(client, asker)
    page = client.get(f"/questions/{asked.id}").get_data(as_text=True)
    assert "A secret remedy." not in page
    assert "The author erased these words." in page
    assert "It worked!" in page
    assert f'action="/posts/{given.id}/' not in page
    assert f'action="/answers/{given.id}/' not in page
    with pytest.raises(Conflict):
        service.comment(session, given, "Why?", asker, NOW)
    with pytest.raises(Invalid):
        service.accept(session, asked, given, asker, NOW)


def test_an_erased_question_can_still_be_deleted_by_a_moderator(
    session: Session, make: Factory, asked: Question
) -> None:
    make.answer(asked)
    erase(session, asked)
    service.remove(session, asked, make.account("Mod", "moderator"), NOW)
    session.commit()
    assert asked.deleted_at == NOW
