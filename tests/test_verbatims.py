"""A customer's words stay in step with what they stand in, and die with it."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from community import verbatims
from community.complaints import service as complaints
from community.models import Account, Complaint, Customer, Interaction, Mention, Post, Verbatim
from tests.conftest import NOW
from tests.factories import Factory
from tests.insights.making import make_theme, say


def texts(session: Session) -> list[str]:
    return list(session.scalars(select(Verbatim.text).order_by(Verbatim.id)))


def test_the_heading_is_a_sentence_of_its_own_unless_the_body_begins_with_it(session: Session, make: Factory) -> None:
    make.question(title="It hangs", body="Since today.")
    make.question(title="It hangs", body="It hangs since today.")
    make.complaint(subject="Broken", body="Broken on arrival.")
    assert texts(session) == ["It hangs\n\nSince today.", "It hangs since today.", "Broken on arrival."]


def test_a_nul_which_no_database_takes_is_dropped(session: Session, make: Factory) -> None:
    asked = make.question(body="Body.")
    verbatim = session.scalars(select(Verbatim)).one()
    with session.no_autoflush:
        asked.body = "a\0b"
        verbatims.renew(session, asked, NOW)
    assert verbatim.text == "How do I reset it?\n\nab"
    session.rollback()


def test_the_hash_tells_one_text_from_another_and_survives_odd_ones() -> None:
    hashes = {verbatims.text_hash(text) for text in ("", "a", "b", "灯", "\ud800", "a" * 100_000)}
    assert len(hashes) == 6
    assert {len(one) for one in hashes} == {32}
    assert verbatims.text_hash("a") == verbatims.text_hash("a")


def test_a_customer_is_touched_forwards_only(session: Session, make: Factory) -> None:
    asked = make.question()
    number = session.scalars(select(Verbatim.customer_id)).one()
    assert asked.id
    verbatims.touch(session, number, NOW + timedelta(days=1))
    verbatims.touch(session, number, NOW - timedelta(days=1))
    session.commit()
    assert session.get_one(Customer, number).changed_at == NOW + timedelta(days=1)


def test_renewing_what_was_never_a_customers_word_does_nothing(session: Session, make: Factory) -> None:
    asked = make.question(make.account("Staff", "agent"))
    verbatims.renew(session, asked, NOW)
    assert texts(session) == []


@pytest.mark.parametrize("source", ["post", "complaint", "customer"])
def test_words_and_mentions_die_with_their_source(session: Session, make: Factory, source: str) -> None:
    theme = make_theme(session)
    author = make.account()
    public, private = say(make, theme, "The battery drains fast", by=author), say(make, theme, "The battery drains too")
    kept = {"post": private.id, "complaint": public.id, "customer": private.id}[source]
    statement = {
        "post": delete(Post), "complaint": delete(Complaint),
        "customer": delete(Customer).where(Customer.id == author.customer_id),
    }[source]  # fmt: skip
    session.execute(statement)
    session.commit()
    assert session.scalars(select(Mention.id)).all() == [kept]
    assert session.scalar(select(func.count()).select_from(Verbatim)) == 1
    assert session.scalar(select(func.count()).select_from(Interaction)) == 1


def test_a_deleted_complaint_takes_the_words_of_its_replies(session: Session, make: Factory) -> None:
    customer = make.account()
    case = make.complaint(customer)
    complaints.reply(session, case, "It is still broken.", customer, NOW)
    session.commit()
    assert len(texts(session)) == 2
    session.execute(delete(Complaint))
    session.commit()
    assert texts(session) == []


def test_words_in_public_outlive_the_account_that_wrote_them(session: Session, make: Factory) -> None:
    author = make.account()
    make.question(author)
    session.execute(delete(Account).where(Account.id == author.id))
    session.commit()
    assert session.scalars(select(Post.author_id)).all() == [None]
    assert len(texts(session)) == 1
