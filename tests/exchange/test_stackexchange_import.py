"""`flask import-stackexchange`: a dump with and without its files and attributes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.exchange import post_writing, stackexchange
from community.models import Account, Answer, Comment, Customer, Event, Post, Question, Tag, Verbatim, Vote

USERS = """<row Id="4" DisplayName="Ann" CreationDate="2015-01-01T00:00:00.000" />
<row Id="5" DisplayName="Bo" CreationDate="2015-01-02T00:00:00.000" />"""
POSTS = """<row Id="1" PostTypeId="2" ParentId="2" Score="3"
 Body="&lt;p&gt;In the &lt;b&gt;freezer&lt;/b&gt;.&lt;/p&gt;"
 CreationDate="2015-02-02T10:00:00.000" OwnerUserId="5" />
<row Id="2" PostTypeId="1" AcceptedAnswerId="1" Score="7" Title="How to store beans?" Tags="&lt;c++&gt;&lt;storage&gt;"
 Body="&lt;p&gt;Where?&lt;/p&gt;" CreationDate="2015-02-01T10:00:00.000" OwnerUserId="4" />
<row Id="3" PostTypeId="5" Body="wiki" CreationDate="2015-02-01T10:00:00.000" />
<row Id="6" PostTypeId="2" ParentId="99" Body="dangling" CreationDate="2015-02-01T10:00:00.000" OwnerUserId="4" />"""
COMMENTS = """<row Id="1" PostId="1" Text="Really?" CreationDate="2015-02-03T10:00:00.000" UserId="4" />
<row Id="2" PostId="98" Text="dangling" CreationDate="2015-02-03T10:00:00.000" UserId="4" />"""
VOTES = """<row Id="1" PostId="1" VoteTypeId="2" CreationDate="2015-02-03T00:00:00.000" />
<row Id="2" PostId="1" VoteTypeId="2" UserId="4" CreationDate="2015-02-03T00:00:00.000" />
<row Id="3" PostId="1" VoteTypeId="1" CreationDate="2015-02-03T00:00:00.000" />"""
WHOLE = {"Users": USERS, "Posts": POSTS, "Comments": COMMENTS, "Votes": VOTES, "Tags": '<row TagName="storage" />'}


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in files.items():
        (folder / f"{name}.xml").write_text(f"<rows>{rows}</rows>", encoding="utf-8")
    return folder


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return write(tmp_path / "coffee", **WHOLE)


def run(app: Flask, folder: Path, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["import-stackexchange", str(folder), *options])


def count(session: Session, model: type) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_dump_becomes_questions_answers_and_comments(app: Flask, session: Session, dump: Path) -> None:
    result = run(app, dump)
    assert result.exit_code == 0, result.output
    question, answer = session.scalars(select(Question)).one(), session.scalars(select(Answer)).one()
    assert (question.external_id, question.title, question.score) == (
        "stackexchange:coffee:2",
        "How to store beans?",
        7,
    )
    assert (question.answer_count, question.solved_at) == (1, answer.accepted_at)
    assert question.active_at == datetime(2015, 2, 3, 10, tzinfo=UTC)
    assert (answer.body, answer.score, answer.question_id) == ("In the **freezer**.", 3, question.id)
    comment = session.scalars(select(Comment)).one()
    assert (comment.parent_id, comment.question_id) == (answer.id, question.id)
    assert set(session.scalars(select(Tag.slug))) == {"c++", "storage"}
    assert count(session, Verbatim) == 3
    assert sorted(session.scalars(select(Event.kind))) == ["answer.given", "comment.written", "question.asked"]


def test_imported_members_cannot_sign_in(app: Flask, session: Session, dump: Path) -> None:
    run(app, dump)
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    assert [(one.name, one.email, one.password, one.active) for one in accounts] == [
        ("Ann", None, None, False), ("Bo", None, None, False),
    ]  # fmt: skip
    assert {one.external_id for one in accounts} == {"stackexchange:coffee:4", "stackexchange:coffee:5"}


def test_a_second_run_imports_nothing(app: Flask, session: Session, dump: Path) -> None:
    run(app, dump)
    before = [count(session, model) for model in (Account, Customer, Post, Vote, Tag, Event, Verbatim)]
    result = run(app, dump)
    assert "4 rows of Posts.xml read: 0 imported, 2 already there, 2 skipped" in result.output
    assert [count(session, model) for model in (Account, Customer, Post, Vote, Tag, Event, Verbatim)] == before


def test_what_hangs_in_the_air_is_skipped_with_its_reason(app: Flask, dump: Path) -> None:
    output = run(app, dump).output
    assert "1 answer whose question is not there" in output
    assert "1 comment whose post is not there" in output
    assert "1 PostTypeId 5: neither question nor answer" in output


def test_only_votes_with_a_voter_become_votes(app: Flask, session: Session, dump: Path) -> None:
    output = run(app, dump).output
    assert "1 vote without a voter: counted in the post's Score" in output
    assert "1 acceptance: taken from AcceptedAnswerId" in output
    assert count(session, Vote) == 1


def test_a_dry_run_gives_the_same_counts_and_writes_nothing(app: Flask, session: Session, dump: Path) -> None:
    dry = run(app, dump, "--dry-run")
    assert count(session, Account) == count(session, Post) == count(session, Tag) == 0
    assert dry.output.replace("would be imported", "imported") == run(app, dump).output


def test_missing_files_are_told_and_their_authors_made(app: Flask, session: Session, tmp_path: Path) -> None:
    posts = POSTS.replace('OwnerUserId="5"', 'OwnerDisplayName="Cy"')
    output = run(app, write(tmp_path / "bare", Posts=posts)).output
    assert "Users.xml missing: authors are made from OwnerUserId and OwnerDisplayName" in output
    assert "Comments.xml missing" in output
    assert "Tags.xml missing" in output
    assert set(session.scalars(select(Account.name))) == {"user4", "Cy"}


def test_missing_attributes_are_told(app: Flask, session: Session, tmp_path: Path) -> None:
    posts = """<row Id="1" PostTypeId="1" Body="&lt;p&gt;No title. More.&lt;/p&gt;" />
    <row PostTypeId="1" Body="x" /><row Id="3" PostTypeId="1" /><row Id="4" Body="x" />
    <row Id="5" PostTypeId="2" Body="x" /><row Id="6" PostTypeId="1" Body="x" CreationDate="soon" />"""
    result = run(app, write(tmp_path / "bare", Posts=posts))
    assert result.exit_code == 1
    for told in ("Id missing", "Body missing", "ParentId missing", "CreationDate is not a date", "PostTypeId missing"):
        assert told in result.output
    assert "1 without Title: the first sentence stands in" in result.output
    assert session.scalars(select(Question)).one().title == "No title."
    assert count(session, Verbatim) == 0  # nobody's words


def test_a_broken_file_is_told_with_its_line(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "Posts.xml").write_text("<posts>\n<row Id='1'\n</posts>")
    result = run(app, tmp_path)
    assert result.exit_code == 2
    assert "Posts.xml, line 3: not well-formed XML" in result.output


def test_entities_are_not_expanded(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "Posts.xml").write_text('<!DOCTYPE x [<!ENTITY a "b">]><posts><row Id="&a;" /></posts>')
    result = run(app, tmp_path)
    assert result.exit_code == 2
    assert "entities are not allowed" in result.output


def test_a_folder_without_a_dump_is_refused(app: Flask, tmp_path: Path) -> None:
    assert run(app, write(tmp_path / "empty")).exit_code == 2


def test_an_import_that_was_killed_goes_on_where_it_stopped(
    app: Flask, session: Session, dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stackexchange, "BATCH", 1)
    with monkeypatch.context() as patch:
        patch.setattr(post_writing, "write_answers", killed)
        run(app, dump)
    assert (count(session, Question), count(session, Answer)) == (1, 0)
    run(app, dump)
    assert session.scalars(select(Question)).one().answer_count == 1
    assert session.scalars(select(Answer)).one().accepted_at is not None
    assert (count(session, Comment), count(session, Customer)) == (1, 2)


def killed(*_arguments: object) -> None:
    raise KeyboardInterrupt
