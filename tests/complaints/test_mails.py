"""A folder of mails as they come: each has its outcome, its words arrive, and none is lost."""

import csv
import mailbox
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community import mail_addresses as addresses
from community import mail_inbox, tnef
from community.complaints import mail_reading, service
from community.complaints.intake import REASONS
from community.mail_inbox import TAKEN, read_inbox, take
from community.models import Account, Attachment, Complaint, Customer, Mail, Message, ReceivedMail, Verbatim
from community.notifications.housekeeping import tidy
from tests.conftest import NOW
from tests.factories import Factory, sign_in

FOLDER = Path(__file__).parent / "mails"
EXPECTED = list(
    csv.DictReader((FOLDER / "expected.tsv").open(encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE)
)


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"MAIL_RECEIVED_BYTES": 60_000}


@pytest.fixture
def inbox(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(mail_inbox, "SETTLED_SECONDS", -1)
    app.config["MAIL_INBOX_DIR"] = str(tmp_path)
    return tmp_path


@pytest.fixture
def case(session: Session, make: Factory) -> Complaint:
    """The case of owner@example.org that some of the mails go on with."""
    found = make.contact("My lamp is dark", "owner@example.org")
    service.reply(session, found, "Please send it in.", make.account("Aino", "agent"), NOW)
    session.commit()
    return found


def made(path: Path, case: Complaint) -> bytes:
    """The mail with what only the test knows."""
    address = addresses.case_address(case.id) or ""
    raw = path.read_bytes().replace(b"CASE-ADDRESS", address.encode())
    return raw.replace(b"CASE-THREAD", addresses.case_thread_id(case.id).encode())


def raw_of(number: int, case: Complaint) -> bytes:
    return made(FOLDER / EXPECTED[number - 1]["file"], case)


def test_no_mail_of_the_folder_is_lost_and_each_becomes_what_the_table_says(
    app: Flask, session: Session, inbox: Path, case: Complaint
) -> None:
    assert len(EXPECTED) >= 60
    assert sorted(row["file"] for row in EXPECTED) == sorted(path.name for path in FOLDER.glob("*.eml"))
    for row in EXPECTED:
        (inbox / row["file"]).write_bytes(made(FOLDER / row["file"], case))
    counts = read_inbox()
    session.rollback()
    assert sum(counts.values()) == len(EXPECTED)
    taken = {path.name for path in (inbox / "done").iterdir()}
    refused = {path.name for path in (inbox / "refused").iterdir()}
    assert taken == {row["file"] for row in EXPECTED if row["outcome"] in TAKEN}
    assert refused == {row["file"] for row in EXPECTED if row["outcome"] not in TAKEN}
    outcomes = session.execute(select(ReceivedMail.outcome, func.count()).group_by(ReceivedMail.outcome))
    wanted: dict[str, int] = {}
    for row in EXPECTED:
        if row["says"] != "again":
            wanted[row["outcome"]] = wanted.get(row["outcome"], 0) + 1
    assert {outcome: count for outcome, count in outcomes} == wanted
    kept = select(func.count()).where(ReceivedMail.original.is_not(None))
    assert session.scalar(kept) == len(refused) + 1, "every refused one, and the one that was cut"
    assert session.scalar(select(func.count()).select_from(Complaint)) == 1 + wanted["opened"] + wanted["cut"]


@pytest.mark.one_database
@pytest.mark.parametrize("row", EXPECTED, ids=[row["file"] for row in EXPECTED])
def test_its_words_arrive_or_the_original_is_kept_with_a_reason(
    app: Flask, session: Session, case: Complaint, row: dict[str, str]
) -> None:
    raw = made(FOLDER / row["file"], case)
    session.commit()
    assert take(raw) == row["outcome"]
    session.rollback()
    known = session.scalars(select(ReceivedMail)).one()
    if row["outcome"] not in TAKEN:
        assert known.original == raw
        assert known.outcome in REASONS
        assert session.scalar(select(func.count()).select_from(Complaint)) == 1
        return
    assert (known.original is None) == (row["outcome"] != "cut")
    if row["outcome"] == "threaded":
        said = session.scalars(select(Message.body).where(Message.from_customer)).one()
        assert said == row["says"]
        assert (known.complaint_id, case.status) == (case.id, "open")
        assert session.scalar(select(func.count()).where(Verbatim.message_id.is_not(None))) == 1
        return
    opened = session.get_one(Complaint, known.complaint_id)
    names = " ".join(session.scalars(select(Attachment.name).where(Attachment.complaint_id == opened.id)))
    assert (row["says"] if row["says"] != "again" else "The lamp") in f"{opened.body} {names}"
    assert opened.channel == "email"
    assert opened.mail_address
    assert 1 <= len(opened.subject) <= 200
    assert "script" not in opened.body
    assert session.scalar(select(func.count()).where(Verbatim.complaint_id == opened.id)) == 1


def test_what_outlook_packed_is_unpacked(session: Session, case: Complaint) -> None:
    numbers = [n for n, row in enumerate(EXPECTED, 1) if "winmail-with" in row["file"]]
    take(raw_of(numbers[0], case))
    session.rollback()
    assert session.execute(select(Attachment.name, Attachment.data)).all() == [("photo.jpg", b"\xff\xd8jpeg")]
    for cut in range(60):
        tnef.unpack(b"\x78\x9f\x3e\x22" + bytes(range(cut)))


def test_a_flood_of_one_sender_is_stopped_and_kept(session: Session, case: Complaint) -> None:
    outcomes = []
    for number in range(23):
        raw = raw_of(1, case).replace(b"<mail-1@", f"<flood-{number}@".encode())
        outcomes.append(take(raw))
    session.rollback()
    assert outcomes == ["opened"] * 21 + ["too many"] * 2
    assert session.scalar(select(func.count()).where(ReceivedMail.original.is_not(None))) == 2


def test_a_mail_from_the_address_of_an_account_is_its_customers_and_the_answer_goes_there(
    session: Session, make: Factory, case: Complaint
) -> None:
    account, agent = make.account("Known"), make.account("Agent", "agent")
    raw = raw_of(1, case).replace(b"writer1@example.org", (account.email or "").encode())
    session.commit()
    assert take(raw) == "opened"
    session.rollback()
    opened = session.scalars(select(Complaint).order_by(Complaint.id.desc()).limit(1)).one()
    assert session.get_one(Customer, opened.customer_id).name == "Known"
    session.rollback()
    service.reply(session, opened, "We are **sorry**.", agent, NOW)
    session.commit()
    mail = session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
    assert mail.to == account.email
    assert mail.headers["In-Reply-To"] == "<mail-1@mails.example.org>"
    assert addresses.read_case(mail.headers["Reply-To"].partition("+")[2].partition("@")[0]) == opened.id
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    assert mail.html
    assert "<strong>sorry</strong>" in mail.html
    assert "We are **sorry**." in mail.text


def test_an_mbox_is_taken_once(app: Flask, session: Session, case: Complaint, tmp_path: Path) -> None:
    path = tmp_path / "complaints.mbox"
    box = mailbox.mbox(path)
    for number in range(1, 13):
        box.add(raw_of(number, case))
    box.close()
    session.commit()
    runner = app.test_cli_runner()
    first = runner.invoke(args=["mail", "complaints", str(path)])
    assert first.output == "12 opened\n", first.exception
    assert runner.invoke(args=["mail", "complaints", str(path)]).output == "12 opened\n"
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Complaint)) == 13


def test_an_agent_makes_a_case_of_a_refused_mail_or_throws_it_away(
    client: FlaskClient, session: Session, make: Factory, case: Complaint
) -> None:
    refused = [n for n, row in enumerate(EXPECTED, 1) if row["outcome"] in ("automatic", "wrong sender", "no sender")]
    for number in refused:
        take(raw_of(number, case))
    session.rollback()
    sign_in(client, make.account("Agent", "agent"))
    page = client.get("/inbox/mails").get_data(as_text=True)
    session.rollback()
    rows = {row.outcome: row for row in session.scalars(select(ReceivedMail).order_by(ReceivedMail.id.desc()))}
    for outcome, row in rows.items():
        assert str(REASONS[outcome]) in page.replace("&#39;", "'")
        path = f"/inbox/mails/{row.id}"
        assert client.get(f"{path}.eml").data == row.original
        assert client.post(f"{path}/retry").status_code == 422
        forced = client.post(f"{path}/retry", data={"force": 1})
        assert forced.status_code == (422 if outcome == "no sender" else 302), outcome
    session.rollback()
    session.expire_all()
    assert rows["wrong sender"].complaint_id == case.id, "an agent has looked at it"
    assert rows["automatic"].original is None
    lost = f"/inbox/mails/{rows['no sender'].id}"
    assert client.post(f"{lost}/deletion").status_code == 302
    assert client.get(f"{lost}.eml").status_code == 404


def test_what_waits_for_an_agent_is_not_tidied_away(session: Session, case: Complaint) -> None:
    numbers = [n for n, row in enumerate(EXPECTED, 1) if row["outcome"] == "bounce"]
    take(raw_of(1, case))
    take(raw_of(numbers[0], case))
    session.rollback()
    assert tidy(datetime(2030, 1, 1, tzinfo=UTC)) == {"received": 1}


def test_text_that_was_encoded_once_is_left_alone() -> None:
    for text in (
        "Order ABCD1234EFGH5678IJKL9012",
        "1+1=20 or =3D?",
        "Ä is a letter",
        "a=b",
        "https://x.example/?a=20&b=30",
    ):
        assert mail_reading.undone(text) == text


def test_an_erased_persons_mails_go_with_them(session: Session, make: Factory, case: Complaint) -> None:
    from community.privacy.service import erase

    person: Account = make.account("Person")
    raw = raw_of(1, case).replace(b"writer1@example.org", (person.email or "").encode())
    bounced = raw.replace(b"<mail-1@", b"<mail-x@").replace(b"Subject:", b"Precedence: bulk\r\nSubject:")
    session.commit()
    assert (take(raw), take(bounced)) == ("opened", "automatic")
    session.rollback()
    erase(session, person, True, NOW)
    session.commit()
    assert session.scalars(select(ReceivedMail)).all() == []
