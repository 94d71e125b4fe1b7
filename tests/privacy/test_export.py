"""The export holds everything of the person and nothing of others, in bounded memory."""

import io
import json
import tracemalloc
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community import uploads
from community.models import Account, Notification, Question
from community.privacy import export, parts
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.privacy.leaving import MARK, Traces, leave_traces


@pytest.fixture
def left(app: Flask, make: Factory) -> Traces:
    return leave_traces(make)


def exported(app: Flask, session: Session, person: Account) -> ZipFile:
    with app.test_request_context(), export.archive(session, person, NOW) as file:
        return ZipFile(io.BytesIO(file.read()))


def read(archive: ZipFile, name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(archive.read(f"{name}.json"))
    return found


def test_every_part_holds_what_the_person_left(app: Flask, session: Session, left: Traces) -> None:
    archive = exported(app, session, left.person)
    assert archive.testzip() is None
    full = {name for name in parts.PARTS if read(archive, name)}
    assert full == set(parts.PARTS) - {"signals"}
    posts = read(archive, "posts")
    assert len(posts) == 5
    assert sum(len(post["revisions"]) for post in posts) == 3  # type: ignore[arg-type]
    assert {tag for post in posts for tag in post["tags"]} == {MARK, "light"}  # type: ignore[attr-defined]
    (case, by_mail) = read(archive, "complaints")
    assert [turn["from_customer"] for turn in case["messages"]] == [False, True]  # type: ignore[attr-defined]
    assert by_mail["channel"] == "email"
    assert len(read(archive, "texts")) == 8
    assert {row["email"] for row in read(archive, "account")} == {left.person.email}


def test_the_images_are_in_it(app: Flask, session: Session, left: Traces) -> None:
    assert left.upload
    archive = exported(app, session, left.person)
    images = [name for name in archive.namelist() if name.startswith("uploads/")]
    assert len(images) == 2
    assert archive.read(f"uploads/{left.upload.key}.webp") == uploads.path_of(left.upload).read_bytes()


def test_an_image_whose_file_is_lost_stops_nothing(app: Flask, session: Session, left: Traces) -> None:
    assert left.upload
    uploads.path_of(left.upload).unlink()
    archive = exported(app, session, left.person)
    assert len([name for name in archive.namelist() if name.startswith("uploads/")]) == 1


def test_neither_secrets_nor_words_of_others_are_in_it(app: Flask, session: Session, left: Traces) -> None:
    left.person.fs_uniquifier, left.person.tf_totp_secret = "uniquifier-secret", "totp-secret"
    session.commit()
    archive = exported(app, session, left.person)
    everything = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith((".json", ".txt")))
    for secret in ("uniquifier-secret", "totp-secret", "a long test password", "token_hash", "credential"):
        assert secret not in everything
    for words in ("Hold it.", "Which one?", "Tell me.", left.other.email or ""):
        assert words not in everything


def test_the_readme_names_every_file_in_both_languages(app: Flask, session: Session, left: Traces) -> None:
    archive = exported(app, session, left.person)
    readme = archive.read("README.txt").decode()
    english, chinese = readme.split("中文")
    for name in parts.PARTS:
        assert f"\n{name}.json " in english
        assert f"\n{name}.json " in chinese


def test_somebody_without_anything_gets_an_archive_too(app: Flask, session: Session, make: Factory) -> None:
    archive = exported(app, session, make.account())
    assert read(archive, "posts") == read(archive, "customer") == []
    assert len(read(archive, "account")) == 1


def test_rows_of_many_batches_come_once_and_in_order(
    app: Flask, session: Session, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "BATCH", 3)
    person = make.account()
    for number in range(7):
        make.question(person, title=f"Question {number}")
    session.add_all(
        Notification(account_id=person.id, kind="reply", post_id=number, created_at=NOW) for number in range(1, 7)
    )
    session.commit()
    archive = exported(app, session, person)
    assert [row["title"] for row in read(archive, "posts")] == [f"Question {number}" for number in range(7)]
    assert len(read(archive, "notifications")) == 6
    assert len(read(archive, "texts")) == 7


def test_memory_does_not_grow_with_what_was_written(app: Flask, session: Session, make: Factory) -> None:
    person = make.account()

    def peak(count: int) -> int:
        session.add_all(
            Question(title=f"Long {number}", body="long words " * 2_000, author_id=person.id, created_at=NOW)
            for number in range(count)
        )
        session.commit()
        session.expire_all()
        tracemalloc.start()
        exported_size(app, session, person)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few = peak(600)
    many = peak(1800)
    assert many < 1.3 * few


def exported_size(app: Flask, session: Session, person: Account) -> int:
    with app.test_request_context(), export.archive(session, person, NOW) as file:
        return file.seek(0, 2)


def test_it_is_downloaded_as_a_file_that_nobody_keeps(client: FlaskClient, make: Factory, session: Session) -> None:
    person = make.account()
    make.question(person, title="What of it?")
    sign_in(client, person)
    answer = client.get("/settings/privacy/export")
    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "no-store" in answer.headers["Cache-Control"]
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert read(ZipFile(io.BytesIO(answer.data)), "posts")[0]["title"] == "What of it?"


class TestLimited:
    @pytest.fixture
    def settings(self, settings: dict[str, object]) -> dict[str, object]:
        return settings | {"RATELIMIT_ENABLED": True}

    def test_a_sixth_export_in_an_hour_has_to_wait(self, client: FlaskClient, make: Factory) -> None:
        sign_in(client, make.account())
        got = [client.get("/settings/privacy/export").status_code for _ in range(6)]
        assert got == [200] * 5 + [429]
