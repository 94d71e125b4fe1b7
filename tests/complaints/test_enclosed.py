"""Files of an agent's reply go along with its mail, as many as a mail may carry."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import drafts
from community.complaints import sending, service
from community.complaints.attaching import File
from community.mail_delivery import deliver_mail
from community.models import Account, Attachment, Complaint, Draft, Message
from tests.factories import Factory, sign_in

PICTURE = File("how to.png", "image/png", b"\x89PNG" + bytes(2000))
PAGE = File("steps.html", "text/html", b"<script>alert(1)</script>")


@pytest.fixture
def case(app: Flask, session: Session, make: Factory, customer: Account, tmp_path: Path) -> Complaint:
    app.config |= {"MAIL_DIR": str(tmp_path / "out"), "SMTP_HOST": "", "UNDO_SEND_SECONDS": 10}
    return make.complaint(customer)


def replied(session: Session, case: Complaint, agent: Account, files: Sequence[File]) -> None:
    """As long ago as it takes for the mail to leave."""
    service.reply(session, case, "Here it is.", agent, datetime.now(UTC) - timedelta(minutes=1), files=list(files))
    session.commit()
    assert deliver_mail()["mails_sent"] == 1


def received(app: Flask) -> EmailMessage:
    (path,) = Path(app.config["MAIL_DIR"]).glob("*.eml")
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_the_files_are_in_the_mail_and_none_can_pass_for_a_part_of_it(
    app: Flask, session: Session, case: Complaint, agent: Account
) -> None:
    replied(session, case, agent, [PICTURE, PAGE])
    got = [(one.get_filename(), one.get_content_type(), one.get_content()) for one in received(app).iter_attachments()]
    assert got == [
        ("how to.png", "image/png", PICTURE.data), ("steps.html", "application/octet-stream", PAGE.data),
    ]  # fmt: skip


def test_what_is_too_much_for_a_mail_stays_on_the_page_and_the_mail_says_so(
    app: Flask, session: Session, case: Complaint, agent: Account
) -> None:
    app.config["MAIL_MOST_BYTES"] = len(PICTURE.data) + 5
    replied(session, case, agent, [PICTURE, PAGE])
    message = received(app)
    assert [one.get_filename() for one in message.iter_attachments()] == ["how to.png"]
    body = message.get_body(("plain",))
    assert body is not None
    assert "1 file is too large for this mail. You find all of them with the case." in body.get_content()


def test_a_reply_without_files_is_a_mail_without_files(
    app: Flask, session: Session, case: Complaint, agent: Account
) -> None:
    replied(session, case, agent, [])
    message = received(app)
    assert list(message.iter_attachments()) == []
    body = message.get_body(("plain",))
    assert body is not None
    assert "too large" not in body.get_content()


def test_a_reply_that_was_taken_back_sends_neither_words_nor_files(
    app: Flask, session: Session, case: Complaint, agent: Account
) -> None:
    now = datetime.now(UTC)
    message = service.reply(session, case, "Here it is.", agent, now, files=[PICTURE])
    session.commit()
    sending.unsend(session, case, message, agent, now + timedelta(seconds=1))
    session.commit()
    assert deliver_mail() == {}


def test_files_of_a_reply_that_was_taken_back_wait_with_the_draft_and_go_with_the_next(
    app: Flask, client: FlaskClient, session: Session, case: Complaint, agent: Account
) -> None:
    app.config["UNDO_SEND_SECONDS"] = 60
    page, case_id = f"/complaints/{case.id}", case.id
    session.rollback()
    sign_in(client, agent)
    data = {"body": "Here they are.", "files": [(BytesIO(b"one"), "one.txt"), (BytesIO(b"two"), "two.txt")]}
    assert client.post(f"{page}/replies", data=data).status_code == 302
    session.rollback()
    message_id = session.scalars(select(Message.id).where(Message.complaint_id == case_id)).one()
    session.rollback()
    client.post(f"{page}/messages/{message_id}/undo")
    html = client.get(page).get_data(as_text=True)
    assert "Files that wait with your draft" in html
    assert html.count("checked") >= 2
    session.rollback()
    one, two = session.scalars(select(Attachment).order_by(Attachment.id))
    assert {one.message_id, two.message_id, one.draft_id == two.draft_id} == {None, True}
    one_id = one.id
    session.rollback()
    client.post(f"{page}/replies", data={"body": "This one only.", "kept": [str(one_id)], "kept_shown": "1"})
    sent = session.scalars(select(Attachment)).one()
    assert (sent.id, sent.draft_id, sent.message_id is not None) == (one_id, None, True)


def test_what_waits_with_a_draft_is_for_its_writer_and_outlives_an_empty_form(
    app: Flask, session: Session, make: Factory, agent: Account
) -> None:
    customer = make.account("Cora")
    case = make.complaint(customer)
    now = datetime.now(UTC)
    message = service.reply(session, case, "Here it is.", agent, now, files=[PICTURE])
    session.commit()
    sending.unsend(session, case, message, agent, now + timedelta(seconds=1))
    session.commit()
    file_id = session.scalars(select(Attachment.id)).one()
    draft = session.scalars(select(Draft)).one()
    saved = drafts.save(session, agent, draft.place, drafts.words(), draft.saved_at, now)
    assert saved is not None
    session.commit()
    path, other = f"/complaints/{case.id}/attachments/{file_id}", make.account("Otto", "agent")
    session.rollback()
    for reader, status in ((customer, 404), (other, 404), (agent, 200)):
        client = app.test_client()
        sign_in(client, reader)
        session.rollback()
        assert client.get(path).status_code == status
        session.rollback()
