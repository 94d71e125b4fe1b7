"""Of two that wait for one another PostgreSQL gives one up; its request is done once more, and whole."""

import time
from io import BytesIO
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from community import uploads
from community.db import db
from community.models import Post, Revision
from community.questions import post_views
from tests.factories import Factory, sign_in
from tests.writing.pictures import encoded

LOCK = text("SELECT id FROM post WHERE id = :id FOR UPDATE")
SENT = {"title": "Where does the light go?", "body": "It went out at noon.", "product": ""}


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    return {"UPLOADS_DIR": str(tmp_path / "uploads")}


def test_a_request_that_was_given_up_for_another_is_done_once_more(
    client: FlaskClient, make: Factory, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = db.engine
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer: no two wait for one another")
    author = make.account()
    first, second = make.question(author).id, make.question(author).id
    session.commit()
    sign_in(client, author)
    edit, tries = post_views.service.edit, list[int]()
    request_holds, other_holds = Flag(), Flag()

    def collide(session: Session, *given: Any) -> Any:
        """Edits the first in a request that wants the second too."""
        tries.append(1)
        found = edit(session, *given)
        session.flush()
        session.execute(LOCK, {"id": first})
        request_holds.set()
        assert other_holds.wait(10)
        session.execute(LOCK, {"id": second})
        return found

    def other() -> None:
        with engine.begin() as connection:
            connection.execute(LOCK, {"id": second})
            other_holds.set()
            assert request_holds.wait(10)
            time.sleep(0.4)  # the request has begun to wait, finds out first, and is the one that is given up
            connection.execute(LOCK, {"id": first})

    monkeypatch.setattr(post_views.service, "edit", collide)
    rival = Thread(target=other)
    rival.start()
    response = client.post(f"/posts/{first}/edit", data=SENT)
    rival.join(20)
    assert response.status_code == 302, response.get_data(as_text=True)
    assert len(tries) == 2
    session.expire_all()
    assert session.get_one(Post, first).body == SENT["body"]
    revisions = select(func.count()).select_from(Revision).where(Revision.post_id == first)
    assert session.scalar(revisions) == 1, "nothing of the first try is left"


def test_files_that_were_sent_are_read_again(
    client: FlaskClient, make: Factory, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, make.account())
    keep, tries = uploads.keep_chosen, list[int]()

    def given_up(*given: Any) -> Any:
        found = keep(*given)
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("UPDATE", {}, Exception("deadlock detected"))
        return found

    monkeypatch.setattr(uploads, "keep_chosen", given_up)
    response = client.post("/ask", data=SENT | {"images": (BytesIO(encoded()), "lamp.png")})
    assert response.status_code == 302, response.get_data(as_text=True)
    assert len(tries) == 2
    session.rollback()  # and look anew
    (asked,) = session.scalars(select(Post))
    assert "/uploads/" in (asked.body or "")
