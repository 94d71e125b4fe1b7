"""Images that people add to their posts: whose they are, how many may come, and when they go."""

import os
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import drafts, sweeping, uploads
from community.errors import Limited
from community.models import Account, Event, Post, Upload
from community.questions import service as questions
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import Factory
from tests.writing.pictures import drawn, encoded, file_of


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    return {"UPLOADS_DIR": str(tmp_path / "uploads"), "UPLOADS_AN_HOUR": 5}


@pytest.fixture
def anna(make: Factory) -> Account:
    return make.account("Anna")


def sent(session: Session, by: Account, at: Any = NOW) -> Upload:
    upload = uploads.store(session, file_of(encoded()), by, at)
    session.commit()
    return upload


def shown(*images: Upload) -> str:
    return "Look:\n\n" + "\n\n".join(map(uploads.as_markdown, images))


def files(app: Flask) -> set[str]:
    return {path.stem for path in Path(app.config["UPLOADS_DIR"]).rglob("*") if path.is_file()}


def keys(session: Session) -> set[str]:
    session.rollback()
    return set(session.scalars(select(Upload.key)))


def post_of(session: Session, upload: Upload) -> int | None:
    session.refresh(upload)
    return upload.post_id


def test_an_image_has_a_row_and_one_whole_file(app: Flask, session: Session, anna: Account) -> None:
    upload = uploads.store(session, file_of(encoded("PNG", drawn((300, 200)))), anna, NOW)
    path = uploads.path_of(upload)
    assert path.read_bytes()[:4] == b"RIFF"
    assert path.stat().st_size == upload.size
    assert (upload.width, upload.height, upload.post_id, upload.account_id) == (300, 200, None, anna.id)
    assert upload.key.endswith("-300x200")
    assert uploads.KEY.fullmatch(upload.key)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_decoding_holds_no_place_that_another_writer_waits_for(
    session: Session, anna: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = uploads.images.read
    seen = []

    def watched(*values: Any) -> Any:
        seen.append(session.in_transaction())
        return read(*values)

    monkeypatch.setattr(uploads.images, "read", watched)
    session.scalar(select(Account))
    uploads.store(session, file_of(encoded()), anna, NOW)
    assert seen == [False]


def test_the_sixth_image_within_an_hour_has_to_wait_and_is_told_how_long(session: Session, anna: Account) -> None:
    for minute in range(5):
        sent(session, anna, NOW + timedelta(minutes=minute))
    with pytest.raises(Limited, match="in 56 min"):
        sent(session, anna, NOW + timedelta(minutes=4, seconds=10))
    sent(session, anna, NOW + timedelta(minutes=61))


def test_an_account_cannot_fill_the_disk_with_images_that_it_does_not_post(
    app: Flask, session: Session, anna: Account
) -> None:
    many = [
        Upload(key=f"{n:028x}-1x1", account_id=anna.id, width=1, height=1, size=1, created_at=NOW - timedelta(hours=2))
        for n in range(uploads.MOST_WAITING)
    ]
    session.add_all(many)
    session.commit()
    with pytest.raises(Limited, match="thrown away after a day"):
        sent(session, anna)


def test_a_posted_image_belongs_to_the_post_that_shows_it(make: Factory, session: Session, anna: Account) -> None:
    one, other = sent(session, anna), sent(session, anna)
    asked = make.question(anna, body=shown(one))
    assert (post_of(session, one), post_of(session, other)) == (asked.id, None)


def test_nobody_takes_the_image_of_somebody_else(make: Factory, session: Session, anna: Account) -> None:
    upload = sent(session, anna)
    make.question(make.account("Ben"), body=shown(upload))
    assert post_of(session, upload) is None
    asked = make.question(anna, body=shown(upload))
    make.answer(asked, make.account("Carl"), body=shown(upload))
    assert post_of(session, upload) == asked.id


def test_an_edit_takes_up_and_lets_go_of_images(make: Factory, session: Session, anna: Account) -> None:
    before, after = sent(session, anna), sent(session, anna)
    asked = make.question(anna, body=shown(before))
    asked.body = shown(after)
    uploads.attach(session, asked, anna)
    assert (post_of(session, before), post_of(session, after)) == (None, asked.id)


def test_a_moderators_edit_keeps_the_authors_images_and_adds_their_own(
    make: Factory, session: Session, anna: Account
) -> None:
    moderator = make.account("Mo", "moderator")
    hers, his = sent(session, anna), sent(session, moderator)
    asked = make.question(anna, body=shown(hers))
    asked.body = shown(hers, his)
    uploads.attach(session, asked, moderator)
    assert {post_of(session, hers), post_of(session, his)} == {asked.id}


def test_an_image_in_two_posts_passes_to_the_other_when_one_lets_go(
    make: Factory, session: Session, anna: Account
) -> None:
    upload = sent(session, anna)
    first, second = make.question(anna, body=shown(upload)), make.question(anna, body=shown(upload))
    questions.edit(session, first, None, "Without.", anna, NOW)
    assert post_of(session, upload) == second.id


@pytest.mark.parametrize("removed", ["question", "answer", "comment"])
def test_deleting_a_post_takes_its_images_and_those_below_it(
    app: Flask, make: Factory, session: Session, anna: Account, removed: str
) -> None:
    images = [sent(session, anna) for _ in range(3)]
    asked = make.question(anna, body=shown(images[0]))
    given = make.answer(asked, anna, body=shown(images[1]))
    written = make.comment(given, anna, body=shown(images[2]))
    questions.remove(session, {"question": asked, "answer": given, "comment": written}[removed], anna, NOW)
    session.commit()
    while deliver_pending():
        pass
    left = {image.key for image in images[: {"question": 0, "answer": 1, "comment": 2}[removed]]}
    assert keys(session) == files(app) == left


def test_the_reaction_to_a_deletion_may_be_repeated_and_leaves_other_posts_alone(
    app: Flask, make: Factory, session: Session, anna: Account
) -> None:
    kept, gone = sent(session, anna), sent(session, anna)
    make.question(anna, body=shown(kept))
    asked = make.question(anna, body=shown(gone))
    questions.remove(session, asked, anna, NOW)
    session.commit()
    event = session.scalars(select(Event).where(Event.kind == "question.deleted")).one()
    kept_key = kept.key
    session.expunge(event)
    for _ in range(2):
        sweeping.remove_with_posts(session, [event])
    assert keys(session) == files(app) == {kept_key}


def aged(session: Session, upload: Upload, hours: float) -> None:
    """As if it had been sent so long ago."""
    moment = sweeping.datetime.now(sweeping.UTC) - timedelta(hours=hours)
    upload.created_at = moment
    session.commit()
    os.utime(uploads.path_of(upload), (moment.timestamp(), moment.timestamp()))


def test_images_that_nothing_shows_for_a_day_are_swept_away(
    app: Flask, make: Factory, session: Session, anna: Account
) -> None:
    loose, fresh, posted, drafted = (sent(session, anna) for _ in range(4))
    for upload in (loose, posted, drafted):
        aged(session, upload, 25)
    aged(session, fresh, 23)
    make.question(anna, body=shown(posted))
    drafts.save(session, anna, "ask", drafts.words(body=shown(drafted)), None, NOW)
    session.commit()
    expected = {fresh.key, posted.key, drafted.key}
    assert sweeping.sweep() == {"images": 1, "files": 0}
    assert keys(session) == files(app) == expected
    assert sweeping.sweep() == {}


def test_anothers_draft_keeps_no_image(app: Flask, make: Factory, session: Session, anna: Account) -> None:
    upload = sent(session, anna)
    aged(session, upload, 25)
    drafts.save(session, make.account("Ben"), "ask", drafts.words(body=shown(upload)), None, NOW)
    session.commit()
    assert sweeping.sweep()["images"] == 1


def test_files_that_no_row_names_are_swept_away_once_they_are_old(app: Flask, session: Session, anna: Account) -> None:
    rolled_back, fresh = (uploads.store(session, file_of(encoded()), anna, NOW) for _ in range(2))
    path, other = uploads.path_of(rolled_back), uploads.path_of(fresh)
    session.rollback()
    half = path.with_name(f".{path.name}.0a1b2c3d")  # the machine went off while it was written
    half.write_bytes(b"RI")
    for old in (path, half):
        os.utime(old, (0, 0))
    assert sweeping.sweep() == {"images": 0, "files": 2}
    assert [path.exists(), half.exists(), other.exists()] == [False, False, True]


def test_an_erased_posts_images_are_swept_away(make: Factory, session: Session, anna: Account) -> None:
    upload = sent(session, anna)
    asked = make.question(anna, body=shown(upload))
    asked.erased_at = NOW
    session.commit()
    assert sweeping.sweep()["images"] == 1
    assert session.scalars(select(Post)).one()


def test_a_full_disk_leaves_neither_row_nor_half_a_file(
    app: Flask, session: Session, anna: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(uploads.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        uploads.store(session, file_of(encoded()), anna, NOW)
    session.rollback()
    assert keys(session) == files(app) == set()


def test_only_files_of_the_right_shape_are_deleted(app: Flask, tmp_path: Path) -> None:
    victim = tmp_path / "victim.webp"
    victim.write_text("precious")
    uploads.delete_files(["../victim", "../../victim", "/etc/passwd", ""])
    assert victim.exists()


def form_of(body: str, *files: Any) -> Any:
    field = {"errors": (), "process_errors": []}
    return SimpleNamespace(body=SimpleNamespace(data=body), images=SimpleNamespace(data=list(files), **field))


def test_images_chosen_in_a_form_stand_at_the_end_of_its_text_and_are_kept_whatever_follows(
    session: Session, anna: Account
) -> None:
    form = form_of("It broke.\r\n", file_of(encoded()), file_of(b"", ""), file_of(encoded("JPEG")))
    uploads.keep_chosen(session, form, anna, NOW)
    session.rollback()
    assert len(keys(session)) == 2
    assert form.body.data.startswith("It broke.\n\n![Image](/uploads/")
    assert set(uploads.SHOWN.findall(form.body.data)) == keys(session)
    assert form.images.process_errors == []


def test_a_chosen_file_that_is_no_image_is_told_by_name_and_the_others_are_kept(
    session: Session, anna: Account
) -> None:
    form = form_of("", file_of(b"no", "C:\\pictures\\notes\x07.txt"), *(file_of(encoded()) for _ in range(4)))
    uploads.keep_chosen(session, form, anna, NOW)
    assert [message[:11] for message in form.images.process_errors] == ["“notes.txt”", "Choose at m"]
    assert len(keys(session)) == 3
    assert form.body.data.startswith("![Image]")


def test_without_images_a_form_stays_as_it_is(session: Session, anna: Account) -> None:
    form = form_of("  as typed \n")
    uploads.keep_chosen(session, form, anna, NOW)
    assert form.body.data == "  as typed \n"
