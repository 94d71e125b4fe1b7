"""The history of a post: every text it had, what each edit changed word by word, and the way back to any of them."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.errors import NotAllowed, NotFound
from community.models import Account, LogEntry, Post, Question, Revision
from community.questions import queries, service
from community.questions.revisions import MOST_REVISIONS, Change, changes, remove_words, versions
from tests.conftest import NOW
from tests.factories import Factory, sign_in

HOUR = timedelta(hours=1)


@pytest.fixture
def asker(make: Factory) -> Account:
    return make.account("Asker")


@pytest.fixture
def edited(session: Session, make: Factory, asker: Account) -> Question:
    """A question that its asker edited after an hour, and a moderator after two."""
    asked = make.question(asker, title="Lamp brocken", body="It hangs.")
    service.edit(session, asked, "Lamp broken", "It hangs.", asker, NOW + HOUR)
    service.edit(session, asked, "Lamp broken", "It hangs at night.", make.account("Mod", "moderator"), NOW + 2 * HOUR)
    session.commit()
    return asked


def test_versions_are_told_from_the_newest_with_who_wrote_each_and_when(session: Session, edited: Question) -> None:
    found = versions(session, queries.post(session, edited.id))
    assert [(one.number, one.title, one.body, one.editor and one.editor.name, one.at, one.is_current) for one in found] == [
        (3, "Lamp broken", "It hangs at night.", "Mod", NOW + 2 * HOUR, True),
        (2, "Lamp broken", "It hangs.", "Asker", NOW + HOUR, False),
        (1, "Lamp brocken", "It hangs.", "Asker", NOW, False),
    ]  # fmt: skip
    assert found[0].body_changes == [("same", "It hangs"), ("added", " at night"), ("same", ".")]
    assert found[0].title_changes == [("same", "Lamp broken")]
    assert found[1].title_changes == [("same", "Lamp "), ("removed", "brocken"), ("added", "broken")]
    assert found[2].body_changes == [("same", "It hangs.")]


def test_a_post_that_was_never_edited_has_one_version(session: Session, make: Factory) -> None:
    (only,) = versions(session, queries.post(session, make.answer(make.question()).id))
    assert (only.number, only.is_current, only.title, only.body) == (1, True, None, "Hold the button.")


def test_a_long_history_shows_its_newest_part_with_the_right_numbers(
    session: Session, make: Factory, asker: Account
) -> None:
    asked = make.question(asker)
    for n in range(MOST_REVISIONS + 5):
        service.edit(session, asked, None, f"Text {n}", asker, NOW + n * HOUR)
    session.commit()
    found = versions(session, queries.post(session, asked.id))
    assert [one.number for one in found] == list(range(MOST_REVISIONS + 6, 5, -1))
    assert [one.body for one in found][:2] == ["Text 54", "Text 53"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("the lamp hangs", "the lamp hangs", [("same", "the lamp hangs")]),
        ("", "new", [("added", "new")]),
        ("old", "", [("removed", "old")]),
        ("hold the red button", "hold the blue button", [("same", "hold the "), ("removed", "red"), ("added", "blue"), ("same", " button")]),
        ("重启设备就好了", "重启路由器就好了", [("same", "重启"), ("removed", "设备"), ("added", "路由器"), ("same", "就好了")]),
        ("请长按按钮五秒", "请长按按钮十秒", [("same", "请长按按钮"), ("removed", "五秒"), ("added", "十秒")]),
        ("更新韌體之後壞了", "更新韌體之後好了", None),
        ("version 2.1 坏了", "version 2.2 坏了", [("same", "version 2."), ("removed", "1"), ("added", "2"), ("same", " 坏了")]),
    ],
)  # fmt: skip
def test_changes_are_told_in_words(old: str, new: str, expected: list[Change] | None) -> None:
    found = changes(old, new)
    if expected is not None:
        assert found == expected
    else:
        assert found[0] == ("same", "更新韌體")


@given(old=st.text(max_size=200), new=st.text(max_size=200))
def test_no_letter_is_lost_between_two_texts(old: str, new: str) -> None:
    found = changes(old, new)
    assert "".join(words for kind, words in found if kind != "added") == old
    assert "".join(words for kind, words in found if kind != "removed") == new


def test_two_long_texts_are_compared_line_by_line() -> None:
    lines = [f"line {n} of a long text about nothing in particular\n" for n in range(600)]
    other = [*lines[:300], "another line\n", *lines[301:]]
    assert changes("".join(lines), "".join(other)) == [
        ("same", "".join(lines[:300])), ("removed", lines[300]), ("added", "another line\n"), ("same", "".join(lines[301:])),
    ]  # fmt: skip


def revisions(session: Session, post: Post) -> int:
    session.commit()
    return session.scalar(select(func.count()).where(Revision.post_id == post.id)) or 0


def test_a_restored_text_is_the_text_of_then_and_the_present_one_is_kept(
    session: Session, edited: Question, asker: Account
) -> None:
    service.restore(session, edited, 1, asker, NOW + 3 * HOUR)
    assert (edited.title, edited.body, revisions(session, edited)) == ("Lamp brocken", "It hangs.", 3)
    newest = versions(session, queries.post(session, edited.id))[1]
    assert (newest.number, newest.title, newest.body) == (3, "Lamp broken", "It hangs at night.")
    service.restore(session, edited, 3, asker, NOW + 4 * HOUR)
    assert (edited.title, edited.body, revisions(session, edited)) == ("Lamp broken", "It hangs at night.", 4)


def test_restoring_what_it_says_already_changes_nothing(session: Session, edited: Question, asker: Account) -> None:
    service.edit(session, edited, "Lamp brocken", "It hangs.", asker, NOW + 3 * HOUR)
    before = revisions(session, edited)
    service.restore(session, edited, 1, asker, NOW + 4 * HOUR)
    assert revisions(session, edited) == before
    assert edited.edited_at == NOW + 3 * HOUR


@pytest.mark.parametrize("role", ["customer", "agent", "manager", "admin"])
def test_only_its_author_and_moderators_restore(session: Session, make: Factory, edited: Question, role: str) -> None:
    with pytest.raises(NotAllowed):
        service.restore(session, edited, 1, make.account("Other", role), NOW)
    service.restore(session, edited, 1, make.account("Moderator", "moderator"), NOW)
    assert edited.title == "Lamp brocken"


@pytest.mark.parametrize("number", [0, 3, 99])
def test_a_text_that_never_was_cannot_be_restored(
    session: Session, edited: Question, asker: Account, number: int
) -> None:
    with pytest.raises(NotFound):
        service.restore(session, edited, number, asker, NOW)


def test_a_revision_of_another_post_cannot_be_restored_here(
    session: Session, make: Factory, edited: Question, asker: Account
) -> None:
    other = make.question(asker, body="Never edited.")
    with pytest.raises(NotFound):
        service.restore(session, other, 1, asker, NOW)
    assert other.body == "Never edited."


def test_answers_and_comments_have_a_history_too(session: Session, make: Factory, asker: Account) -> None:
    asked = make.question(asker)
    for post in (make.answer(asked, asker), make.comment(asked, asker)):
        before = post.body
        service.edit(session, post, None, "Other words.", asker, NOW + HOUR)
        service.restore(session, post, 1, asker, NOW + 2 * HOUR)
        assert (post.body, revisions(session, post)) == (before, 2)


def test_the_page_of_the_history_restores_for_those_who_may(
    client: FlaskClient, session: Session, edited: Question, asker: Account
) -> None:
    path = f"/posts/{edited.id}/revisions"
    page = client.get(path).get_data(as_text=True)
    assert "<del>brocken</del><ins>broken</ins>" in page
    assert "Restore this text" not in page
    sign_in(client, asker)
    page = client.get(path).get_data(as_text=True)
    assert page.count("Restore this text") == 2, "every text but the present one"
    response = client.post(f"{path}/1/restoration", follow_redirects=True)
    assert "It reads as it did before." in response.get_data(as_text=True)
    assert client.post(f"{path}/77/restoration").status_code == 404


def test_what_was_typed_cannot_break_out_of_the_diff(
    client: FlaskClient, session: Session, make: Factory, asker: Account
) -> None:
    asked = make.question(asker, title="A title", body="before")
    service.edit(session, asked, "A </h3><b>title", "<script>alert(1)</script>", asker, NOW + HOUR)
    session.commit()
    page = client.get(f"/posts/{asked.id}/revisions").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "<b>title" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.replace("</ins><ins>", "")


def test_a_moderator_takes_private_words_out_of_the_history_for_good(
    client: FlaskClient, session: Session, make: Factory, asker: Account
) -> None:
    mo = make.account("Mo", "moderator")
    asked = make.question(asker, title="My lamp", body="It hangs, call me on 5551234.")
    service.edit(session, asked, "My lamp", "It hangs.", asker, NOW + HOUR)
    session.commit()
    key = asked.id
    with pytest.raises(NotAllowed):
        remove_words(session, asked, 1, asker, NOW)
    sign_in(client, mo)
    session.rollback()
    assert "5551234" in client.get(f"/posts/{key}/revisions").get_data(as_text=True)
    assert client.post(f"/posts/{key}/revisions/1/removal").status_code == 303
    page = client.get(f"/posts/{key}/revisions").get_data(as_text=True)
    assert "5551234" not in page
    assert "A moderator took these words out of the history." in page
    assert client.post(f"/posts/{key}/revisions/1/restoration").status_code == 404
    assert client.post(f"/posts/{key}/revisions/1/removal").status_code == 404
    session.rollback()
    entry = session.scalars(select(LogEntry)).one()
    assert (entry.action, entry.post_id, entry.details, entry.changes) == ("remove words", key, {"number": 1}, [])
    assert "5551234" not in client.get("/moderation/log").get_data(as_text=True)
