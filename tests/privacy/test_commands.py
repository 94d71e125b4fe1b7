"""What an administrator does for those who cannot do it themselves."""

from pathlib import Path
from zipfile import ZipFile

from flask import Flask
from sqlalchemy.orm import Session

from community.models import Account, Post
from tests.factories import Factory


def test_an_account_without_an_address_is_exported_and_erased(
    app: Flask, session: Session, make: Factory, tmp_path: Path
) -> None:
    person = make.account("Imported Member")
    person.email = None
    asked = make.question(person, title="What of it?").id
    number, handle = person.id, person.handle
    session.rollback()
    run = app.test_cli_runner().invoke
    target = tmp_path / "them.zip"
    wrote = run(args=["privacy", "export", handle, str(target)])
    assert wrote.exit_code == 0, wrote.output
    with ZipFile(target) as archive:
        assert b"What of it?" in archive.read("posts.json")
        assert b"no e-mail address" in archive.read("README.txt")
    assert run(args=["privacy", "erase", str(number)], input="n\n").exit_code == 1
    session.rollback()
    assert session.get(Account, number)
    session.rollback()
    done = run(args=["privacy", "erase", str(number), "--keep-posts", "--yes"])
    assert done.exit_code == 0, done.output
    session.rollback()
    assert session.get(Account, number) is None
    assert session.get_one(Post, asked).author_id is None


def test_staff_and_strangers_are_refused(app: Flask, session: Session, make: Factory) -> None:
    agent = make.account("Agent", "agent")
    email = agent.email or ""
    session.rollback()
    run = app.test_cli_runner().invoke
    refused = run(args=["privacy", "erase", email, "--yes"])
    assert refused.exit_code == 1
    assert "roles" in refused.output
    assert run(args=["privacy", "erase", "nobody@example.org", "--yes"]).exit_code == 1
