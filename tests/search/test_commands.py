from flask import Flask
from sqlalchemy.orm import Session

from community.search import commands
from community.search.whoosh_index import current_index
from tests.factories import Factory


def run(app: Flask, session: Session, *arguments: str) -> tuple[int, str]:
    session.rollback()
    result = app.test_cli_runner().invoke(args=["search", *arguments])
    return result.exit_code, result.output


def test_rebuild_makes_the_index_and_says_how_large_it_is(app: Flask, make: Factory, session: Session) -> None:
    question = make.question(title="Battery drains")
    make.answer(question)
    code, output = run(app, session, "rebuild")
    assert (code, "Rebuilt: 2 posts" in output) == (0, True)
    assert current_index().find("battery", session=session).total == 1


def test_rebuild_says_that_another_is_running(app: Flask, session: Session) -> None:
    from community.search import index

    folder = current_index().folder  # type: ignore[attr-defined]
    with index.locked(folder, "rebuild.lock", 0):
        code, output = run(app, session, "rebuild")
    assert code == 1
    assert "held by another process" in output


def test_check_is_content_when_nothing_differs(app: Flask, make: Factory, session: Session) -> None:
    make.question()
    run(app, session, "rebuild")
    assert run(app, session, "check") == (0, "Index and database agree.\n")


def test_check_names_what_differs_and_ends_with_1(app: Flask, make: Factory, session: Session, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(commands, "GRACE_SECONDS", 0)
    gone, edited = make.question(title="Gone"), make.question(title="Edited")
    run(app, session, "rebuild")
    gone.deleted_at, edited.title = edited.created_at, "Other"
    session.commit()
    new = make.question(title="New")
    code, output = run(app, session, "check")
    assert code == 1
    assert f"1 posts missing from the index: {new.id}" in output
    assert f"1 posts old in the index: {edited.id}" in output
    assert f"1 posts no longer to be found: {gone.id}" in output
    code, output = run(app, session, "check", "--repair")
    assert (code, "Repaired: 3 posts written." in output) == (0, True)
    assert run(app, session, "check")[0] == 0


def test_check_of_no_index_says_what_to_do_and_repair_does_it(app: Flask, make: Factory, session: Session) -> None:
    make.question()
    code, output = run(app, session, "check")
    assert (code, "flask search rebuild" in output) == (1, True)
    assert run(app, session, "check", "--repair")[0] == 0
    assert run(app, session, "check")[0] == 0


def test_what_is_being_written_is_no_difference(app: Flask, make: Factory, session: Session, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    run(app, session, "rebuild")
    question = make.question()
    monkeypatch.setattr(commands.time, "sleep", lambda _: current_index().apply(session, [question.id]))
    assert run(app, session, "check") == (0, "Index and database agree.\n")
