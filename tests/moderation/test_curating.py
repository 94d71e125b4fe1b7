"""Threads are closed, locked, pinned, merged, moved and split without loss, and brought back exactly."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Conflict, DomainError, Invalid
from community.models import (
    Account,
    Answer,
    Comment,
    LogEntry,
    MeToo,
    Notification,
    Post,
    Question,
    QueueItem,
    Revision,
    Tag,
    TagSynonym,
    Verbatim,
    Vote,
    Watch,
    question_tag,
)
from community.moderation import deciding, flags, log
from community.moderation.hiding import mark_of
from community.questions import curating, queries, service, tagging, watching
from community.questions.curating import Wish
from community.questions.rules import named_tags
from community.questions.votes import vote
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import Factory, sign_in


def do(session: Session, post: Post, action: str, by: Account, **wish: Any) -> LogEntry:
    entry = curating.curate(session, post, action, Wish(**wish), by, NOW)
    session.commit()
    return entry


def undo(session: Session, entry: LogEntry, by: Account) -> None:
    log.undo(session, entry, by, NOW)
    session.commit()


def test_a_closed_question_takes_no_more_answers_until_it_is_opened_again(
    session: Session, make: Factory, mo: Account
) -> None:
    asked = make.question()
    with pytest.raises(Invalid):
        do(session, asked, "close", mo, reason="taste")
    entry = do(session, asked, "close", mo, reason="off topic")
    with pytest.raises(Conflict, match="closed"):
        make.answer(asked)
    session.rollback()
    make.comment(asked)
    with pytest.raises(Conflict):
        do(session, asked, "close", mo, reason="off topic")
    session.rollback()
    undo(session, entry, mo)
    assert make.answer(asked).id


def test_at_a_locked_question_only_the_staff_writes_and_votes(session: Session, make: Factory, mo: Account) -> None:
    asker = make.account()
    asked = make.question(asker)
    given = make.answer(asked)
    do(session, asked, "lock", mo)
    reader = make.account()
    for verb in (
        lambda: make.answer(asked, reader), lambda: make.comment(given, reader),
        lambda: vote(session, given, 1, reader, NOW), lambda: service.edit(session, asked, "Another", "text", asker, NOW),
    ):  # fmt: skip
        with pytest.raises(Conflict, match="locked"):
            verb()
        session.rollback()
    assert make.answer(asked, mo).id
    do(session, asked, "unlock", mo)
    assert make.answer(asked, reader).id


def test_a_pinned_question_stands_above_the_newest_once(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    old = make.question(title="The old rules", now=NOW - timedelta(days=9))
    make.question(title="Something new")
    do(session, old, "pin", mo)
    page = client.get("/questions").get_data(as_text=True)
    assert page.count("The old rules") == 1
    assert page.index("The old rules") < page.index("Something new")
    assert "pinned" in page


def picture(session: Session) -> dict[str, list[Any]]:
    """All that merging touches, row by row."""
    session.rollback()
    tables: dict[str, tuple[Any, ...]] = {
        "posts": (
            Post.id, Post.kind, Post.question_id, Post.body, Post.author_id, Post.score, Post.hidden_as, Post.hidden_with_id,
            Comment.parent_id, Answer.accepted_at, Question.solved_at, Question.answer_count, Question.me_too_count,
            Question.merged_into_id,
        ),
        "votes": (Vote.voter_id, Vote.post_id, Vote.value, Vote.created_at),
        "too": (MeToo.account_id, MeToo.question_id), "watches": (Watch.account_id, Watch.question_id, Watch.level),
        "revisions": (Revision.post_id, Revision.number, Revision.body),
        "words": (Verbatim.post_id, Verbatim.text, Verbatim.product_id),
        "told": (Notification.account_id, Notification.post_id, Notification.question_id),
        "tags": (question_tag.c.question_id, question_tag.c.tag_id),
    }  # fmt: skip
    found = {}
    for name, columns in tables.items():
        rows = select(*(getattr(column, "expression", column) for column in columns))
        if name == "posts":
            table = Post.__table__
            rows = select(*(table.c[column.key] for column in columns))
        if name == "told":
            rows = rows.where(Notification.kind != "decision")
        found[name] = sorted(session.execute(rows).all(), key=repr)
    session.rollback()
    return found


def test_merging_loses_nothing_leads_there_and_tells_both_askers(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    first, second, helper, other = (make.account(name) for name in ("First", "Second", "Helper", "Other"))
    kept = make.question(first, title="The lamp flickers", product=make.product())
    merged = make.question(second, title="Flickering okapi lamp", body="Mine does so too.", tags=["flicker"])
    vote(session, merged, 1, helper, NOW)
    vote(session, merged, 1, first, NOW)  # who asked the other one: no vote there
    vote(session, kept, 1, helper, NOW)  # whose vote is there already
    vote(session, merged, 1, other, NOW)
    watching.say_me_too(session, merged, True, other, NOW)
    given = make.answer(merged, helper, body="Turn the dimmer.")
    below = make.comment(given, second)
    beside = make.comment(merged, other)
    service.accept(session, merged, given, second, NOW)
    session.commit()
    deliver_pending()
    before = picture(session)
    entry = do(session, merged, "merge", mo, target=kept)
    kept = session.get_one(Question, kept.id)
    assert [row.id for row in queries_of(session, kept.id)] == [given.id]
    assert (kept.answer_count, kept.solved_at, kept.score, kept.me_too_count) == (1, NOW, 2, 2)
    assert (below.question_id, beside.question_id, beside.parent_id) == (kept.id, kept.id, kept.id)
    assert {row.account_id for row in session.query(Watch).filter_by(question_id=kept.id)} >= {second.id, other.id}
    assert session.query(Verbatim).filter_by(post_id=given.id).one().product_id == kept.product_id
    kept_id, merged_id, given_id = kept.id, merged.id, given.id
    session.rollback()
    deliver_pending()
    told = {row.account_id for row in session.query(Notification).filter_by(kind="decision")}
    assert told == {first.id, second.id}
    session.rollback()
    moved = client.get(f"/questions/{merged_id}")
    assert (moved.status_code, moved.location) == (302, f"/questions/{kept_id}")
    assert client.get(f"/posts/{given_id}").location.startswith(f"/questions/{kept_id}")
    page = client.get(f"/questions/{kept_id}").get_data(as_text=True)
    assert "Flickering okapi lamp" in page
    assert "Turn the dimmer." in page
    assert "Mine does so too." in client.get(f"/questions/{merged_id}/original").get_data(as_text=True)
    assert client.get(f"/questions/{kept_id}/original").status_code == 404
    undo(session, session.get_one(LogEntry, entry.id), mo)
    assert picture(session) == before
    assert client.get(f"/questions/{merged_id}").status_code == 200


def queries_of(session: Session, question_id: int) -> list[Answer]:
    return list(session.scalars(select(Answer).where(Answer.question_id == question_id, Answer.deleted_at.is_(None))))


ACTS = st.lists(
    st.tuples(st.sampled_from(["answer", "comment", "vote", "too", "watch", "accept", "edit"]), st.integers(0, 4), st.integers(0, 1)),
    max_size=12,
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(acts=ACTS)
def test_merge_then_unmerge_is_the_identity(app: Flask, session: Session, make: Factory, acts: list[Any]) -> None:
    session.rollback()
    mo = make.account("Mo", "moderator")
    people = [make.account() for _ in range(5)]
    asked = [make.question(people[0], now=NOW - timedelta(days=2)), make.question(people[1])]
    for act in acts:
        happen(session, make, asked, people, *act)
    before = picture(session)
    entry = do(
        session, session.get_one(Question, asked[1].id), "merge", mo, target=session.get_one(Question, asked[0].id)
    )
    undo(session, session.get_one(LogEntry, entry.id), mo)
    assert picture(session) == before


def happen(
    session: Session, make: Factory, asked: list[Question], people: list[Account], what: str, who: int, where: int
) -> None:
    question, person = session.get_one(Question, asked[where].id), people[who]
    try:
        if what == "answer":
            make.answer(question, person, body=f"Hold the button for {who} seconds.")
        elif what == "comment":
            make.comment((queries_of(session, question.id) or [question])[-1], person)
        elif what == "vote":
            vote(session, (queries_of(session, question.id) or [question])[0] if who % 2 else question, 1, person, NOW)
        elif what == "too":
            watching.say_me_too(session, question, True, person, NOW)
        elif what == "watch":
            watching.watch(session, question, "muted" if who % 2 else "watching", person, NOW)
        elif what == "accept" and (found := queries_of(session, question.id)):
            service.accept(session, question, found[-1], session.get_one(Account, question.author_id), NOW)
        elif what == "edit":
            service.edit(
                session, question, None, f"It hangs, said {who}.", session.get_one(Account, question.author_id), NOW
            )
        session.commit()
    except DomainError:  # a rule said no
        session.rollback()


def test_what_was_written_after_a_merge_stays_with_the_kept_question(
    session: Session, make: Factory, mo: Account
) -> None:
    kept, merged = make.question(), make.question(make.account())
    entry = do(session, merged, "merge", mo, target=kept)
    late = make.answer(session.get_one(Question, kept.id))
    vote(session, kept, 1, make.account(), NOW)
    session.commit()
    undo(session, entry, mo)
    assert (late.question_id, kept.answer_count, kept.score, merged.answer_count) == (kept.id, 1, 1, 0)


def test_an_answer_moves_with_its_comments_and_comes_back(session: Session, make: Factory, mo: Account) -> None:
    asked, other = make.question(), make.question(title="Another")
    given = make.answer(asked)
    said = make.comment(given)
    before = picture(session)
    entry = do(session, given, "move", mo, target=other)
    assert (given.question_id, said.question_id, asked.answer_count, other.answer_count) == (other.id, other.id, 0, 1)
    undo(session, entry, mo)
    assert picture(session) == before


def test_an_answer_becomes_a_question_of_its_own_and_comes_back(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    asked = make.question()
    given = make.answer(asked, body="And how do I dim the zebra lamp?")
    vote(session, given, 1, make.account(), NOW)
    said = make.comment(given)
    before = picture(session)
    entry = do(session, given, "split", mo, title="How is the zebra lamp dimmed?")
    new = session.get_one(Question, entry.details["into"])
    assert (new.score, new.author_id, said.parent_id, asked.answer_count) == (1, given.author_id, new.id, 0)
    assert session.query(Verbatim).filter(Verbatim.text.contains("zebra")).one().post_id == new.id
    new_id, given_id = new.id, given.id
    session.rollback()
    assert client.get(f"/posts/{given_id}").location == f"/questions/{new_id}"
    assert client.get(f"/questions/{new_id}").status_code == 200
    undo(session, session.get_one(LogEntry, entry.id), mo)
    assert picture(session) == before
    again = do(session, session.get_one(Answer, given_id), "split", mo, title="How is the zebra lamp dimmed?")
    make.answer(session.get_one(Question, again.details["into"]))
    with pytest.raises(Conflict):  # an answer would be lost
        log.undo(session, session.get_one(LogEntry, again.id), mo, NOW)


def test_tags_that_mean_the_same_become_one_and_come_back(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    both, old = make.question(tags=["lamp", "lamps"]), make.question(make.account(), tags=["lamps"])
    reader = make.account()
    watching.watch(session, session.scalars(select(Tag).where(Tag.slug == "lamps")).one(), "watching", reader, NOW)
    session.commit()
    before = picture(session)
    entry = tagging.merge_tags(session, "Lamps", "lamp", mo, NOW)
    session.commit()
    assert [tag.slug for tag in queries.question(session, both.id).tags] == ["lamp"]
    assert [tag.slug for tag in queries.question(session, old.id).tags] == ["lamp"]
    assert session.query(Watch).filter(Watch.tag_id.is_not(None)).one().account_id == reader.id
    assert [tag.slug for tag in named_tags(session, ["LAMPS", "lamp"])] == ["lamp"]
    session.rollback()
    assert client.get("/questions?tag=lamps").status_code == 200
    undo(session, session.get_one(LogEntry, entry.id), mo)
    assert picture(session) == before
    assert session.query(TagSynonym).count() == 0
    for names in (("lamp", "lamp"), ("x", "nothing-like-it"), ("", "lamp")):
        with pytest.raises(Invalid):
            tagging.merge_tags(session, *names, mo, NOW)


def test_the_page_of_a_thread_offers_what_can_be_done_and_says_what_cannot(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    asked, other = make.question(), make.question(make.account(), title="Another one")
    given = make.answer(asked)
    ids = asked.id, other.id, given.id
    session.rollback()
    sign_in(client, mo)
    session.rollback()
    path = f"/posts/{ids[0]}/curation"
    assert "Merge it" in client.get(path).get_data(as_text=True)
    assert "Split it off" in client.get(f"/posts/{ids[2]}/curation").get_data(as_text=True)
    for target in ("", "999", str(ids[0])):
        assert client.post(path, data={"action": "merge", "target": target}).status_code == 422
    assert client.post(path, data={"action": "split", "title": "No answer"}).status_code == 422
    sent = client.post(path, data={"action": "merge", "target": f"http://localhost/questions/{ids[1]}?page=2#post-3"})
    assert sent.location == f"/questions/{ids[1]}"
    page = client.get(sent.location).get_data(as_text=True)
    assert "Done: merged." in page
    assert "Undo" in page


def slugs(session: Session, question_id: int) -> set[str]:
    rows = select(Tag.slug).join(question_tag).where(question_tag.c.question_id == question_id)
    return set(session.scalars(rows))


def test_tags_that_a_moderator_changed_stand_in_the_log_and_come_back(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    asker = make.account()
    asked = make.question(asker, tags=["lamp", "light"])
    service.edit(session, asked, None, asked.body, asker, NOW, (None, ["lamp", "night"]))
    session.commit()
    assert session.scalars(select(LogEntry)).all() == []
    service.edit(session, asked, None, asked.body, mo, NOW, (None, ["lamp", "battery"]))
    session.commit()
    entry = session.scalars(select(LogEntry)).one()
    assert (entry.action, entry.details["old"], entry.details["new"]) == (
        "retag", ["lamp", "night"], ["battery", "lamp"],
    )  # fmt: skip
    assert "lamp, night → battery, lamp" in client.get("/moderation/log").get_data(as_text=True)
    session.rollback()
    undo(session, entry, mo)
    assert slugs(session, asked.id) == {"lamp", "night"}
    service.edit(session, asked, "Another title", asked.body, mo, NOW, (None, ["lamp", "night"]))
    session.commit()
    assert len(session.scalars(select(LogEntry).where(LogEntry.action == "retag")).all()) == 1


def snapshot(session: Session) -> dict[str, Any]:
    session.expire_all()
    posts = {
        post.id: (post.kind, post.body, post.question_id, getattr(post, "parent_id", None), post.score, mark_of(post),
                  post.deleted_at, getattr(post, "answer_count", None), getattr(post, "solved_at", None))
        for post in session.query(Post)
    }  # fmt: skip
    return {
        "posts": posts, "votes": sorted((vote.voter_id, vote.post_id) for vote in session.query(Vote)),
        "texts": sorted(text.post_id or 0 for text in session.query(Verbatim)),
        "watches": sorted((watch.account_id, watch.question_id or 0) for watch in session.query(Watch)),
    }  # fmt: skip


@pytest.mark.parametrize(("action", "kind"), [("split", "question"), ("to answer", "answer")])
def test_a_comment_becomes_a_question_or_an_answer_and_comes_back_exactly(
    client: FlaskClient, session: Session, make: Factory, mo: Account, action: str, kind: str
) -> None:
    asked = make.question()
    written = make.comment(make.answer(asked), make.account("Cora"), body="Hold the zebra button for ten seconds.")
    vote(session, written, 1, make.account(), NOW)
    session.commit()
    asked_id, written_id, author_id, before = asked.id, written.id, written.author_id, snapshot(session)
    entry = do(session, written, action, mo, title="How is the zebra lamp reset?")
    made = session.get_one(Post, entry.details["made"])
    assert (made.kind, made.body, made.author_id, made.score) == (kind, written.body, author_id, 1)
    assert made.question_id == (asked_id if kind == "answer" else None)
    assert session.get_one(Question, asked_id).answer_count == (2 if kind == "answer" else 1)
    assert {text.post_id for text in session.query(Verbatim)} == {asked_id, asked_id + 1, made.id}
    made_id = made.id
    deliver_pending()
    session.rollback()
    page = client.get(f"/posts/{written_id}", follow_redirects=True)
    assert (page.status_code, "zebra" in page.get_data(as_text=True)) == (200, True)
    found = client.get("/search?q=zebra").get_data(as_text=True)
    assert "zebra" in found.split("<main", 1)[1].split("search-count")[-1]
    session.rollback()
    undo(session, session.get_one(LogEntry, entry.id), session.get_one(Account, mo.id))
    assert snapshot(session) == before
    deliver_pending()
    session.rollback()
    assert session.get(Post, made_id) is None


def test_a_comment_is_split_off_once_and_the_second_moderator_reads_who_did(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    written = make.comment(make.question(), make.account("Cora"))
    do(session, written, "to answer", mo)
    for action in ("to answer", "split"):
        with pytest.raises(curating.Faster, match="Mo was faster"):
            do(session, written, action, mo, title="How is it reset?")
        session.rollback()
    path, second = f"/posts/{written.id}/curation", make.account("Second", "moderator")
    session.rollback()
    sign_in(client, second)
    page = client.post(path, data={"action": "to answer"}, follow_redirects=True)
    assert page.status_code == 200
    assert f"{session.get_one(Account, mo.id).name} was faster" in page.get_data(as_text=True)
    assert session.query(Answer).count() == 1


@pytest.mark.parametrize("action", ["split", "to answer"])
def test_an_old_flag_decides_about_what_was_made_of_the_comment(
    session: Session, make: Factory, mo: Account, action: str
) -> None:
    """Not about its empty place, or the words would stay in sight, or stand there twice."""
    written = make.comment(make.question(), make.account("Cora"), body="Buy cheap lamps.")
    flags.flag(session, written, "abuse", "", make.account(), NOW)
    session.commit()
    item_id, written_id, mo_id = session.query(QueueItem).one().id, written.id, mo.id
    made = do(session, written, action, mo, title="Are lamps cheap?").details["made"]

    def decided(outcome: str) -> LogEntry:
        item = session.get_one(QueueItem, item_id)
        entry = deciding.decide(session, item, outcome, session.get_one(Account, mo_id), NOW)
        session.commit()
        return entry

    def marks() -> tuple[str | None, str | None]:
        session.expire_all()
        return mark_of(session.get_one(Post, written_id)), mark_of(session.get_one(Post, made))

    for outcome, mark in (("hide", "hidden"), ("delete", "deleted"), ("reject", None)):
        entry = decided(outcome)
        assert marks() == ("split", mark), outcome
        undo(session, session.get_one(LogEntry, entry.id), session.get_one(Account, mo_id))
        assert marks() == ("split", None), outcome


def test_what_was_made_of_a_comment_is_not_taken_away_when_it_solved_the_question(
    session: Session, make: Factory, mo: Account
) -> None:
    asker = make.account("Asker")
    asked = make.question(asker)
    written = make.comment(asked, make.account("Cora"), body="Hold the button for ten seconds.")
    entry = do(session, written, "to answer", mo)
    made = session.get_one(Answer, entry.details["made"])
    service.accept(session, session.get_one(Question, asked.id), made, asker, NOW)
    session.commit()
    with pytest.raises(Conflict, match="changed since"):
        log.undo(session, entry, mo, NOW)


def test_the_page_of_a_comment_offers_what_can_be_done_with_it(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    path = f"/posts/{make.comment(make.question(), make.account('Cora')).id}/curation"
    session.rollback()
    sign_in(client, mo)
    page = client.get(path).get_data(as_text=True)
    assert "Curate the comment" in page
    assert "Make it an answer" in page
    assert client.post(path, data={"action": "move", "target": "1"}).status_code == 422
    assert client.post(path, data={"action": "to answer"}).status_code == 303


def test_whoever_thinks_otherwise_while_a_comment_stands_alone_is_counted_when_it_comes_back(
    session: Session, make: Factory, mo: Account
) -> None:
    reader, comment = make.account(), make.comment(make.answer(make.question()))
    key = comment.id
    vote(session, comment, 1, reader, NOW)
    entry = do(session, comment, "split", mo, title="How is it reset?")
    made = session.get_one(Question, entry.details["made"])
    vote(session, made, -1, reader, NOW)
    session.commit()
    log.undo(session, session.get_one(LogEntry, entry.id), mo, NOW)
    session.commit()
    assert session.get_one(Post, key).score == -1
