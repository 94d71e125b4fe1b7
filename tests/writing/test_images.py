"""Images sent by a script or with a form, and the address that serves them."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community import uploads
from community.models import Account, Draft, Upload
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.writing.pictures import bomb, drawn, encoded, file_of

SCRIPT = {"Accept": "application/json"}
MANY_BYTES = 2 * 2**20  # more than other requests may have


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    return {"UPLOADS_DIR": str(tmp_path / "uploads")}


@pytest.fixture
def anna(client: FlaskClient, make: Factory) -> Account:
    anna = make.account("Anna")
    sign_in(client, anna)
    return anna


def image(data: bytes, name: str = "photo.png") -> tuple[BytesIO, str]:
    return BytesIO(data), name


def sendable(data: dict[str, Any]) -> dict[str, Any]:
    """With files to read where there are bytes and a name."""
    return {name: image(*value) if isinstance(value, tuple) else value for name, value in data.items()}


def large() -> bytes:
    return encoded() + b"\0" * MANY_BYTES


def test_a_script_sends_an_image_and_gets_its_markdown(client: FlaskClient, anna: Account) -> None:
    answer = client.post("/uploads", data={"image": image(encoded("PNG", drawn((300, 200))))}, headers=SCRIPT)
    assert answer.status_code == 201
    assert answer.json["markdown"] == f"![Image]({answer.json['url']})"
    assert answer.json["url"].endswith("-300x200.webp")
    assert client.get(answer.json["url"]).status_code == 200


def test_an_image_may_be_larger_than_other_requests(client: FlaskClient, anna: Account) -> None:
    assert client.post("/uploads", data={"image": image(large())}, headers=SCRIPT).status_code == 201
    saved = client.post("/drafts", data={"place": "ask", "body": "x", "images": [image(large()), image(large())]})
    assert saved.status_code == 302


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/preview", {"body": "x", "image": (large(), "photo.png")}),
        ("/uploads", {"image": (b"\0" * (8 * 2**20), "photo.png")}),
        ("/drafts", {"place": "ask", "body": "x" * MANY_BYTES, "images": (encoded(), "photo.png")}),
    ],
)
def test_other_requests_and_texts_may_not(client: FlaskClient, anna: Account, path: str, data: dict[str, Any]) -> None:
    assert client.post(path, data=sendable(data), content_type="multipart/form-data").status_code == 413


def test_strangers_send_no_large_requests(client: FlaskClient, app: Flask) -> None:
    assert client.post("/uploads", data={"image": image(large())}).status_code == 413
    assert client.post("/uploads", data={"image": image(encoded())}).status_code == 302


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"image": (b"no image", "notes.txt")}, "“notes.txt” is no image"),
        ({"image": (b"<svg/>", "x.svg")}, "PNG, JPEG, WebP or GIF"),
        ({"image": (bomb(), "photo.png")}, "megapixels"),
        ({"image": (encoded() + b"\0" * (5 * 2**20), "photo.png")}, "larger than 5.0 MB"),
        ({}, "Choose an image"),
    ],
)
def test_what_is_wrong_with_an_image_is_said(
    client: FlaskClient, anna: Account, session: Session, data: dict[str, Any], words: str
) -> None:
    answer = client.post("/uploads", data=sendable(data), headers=SCRIPT, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert words in answer.json["error"]
    assert session.scalar(select(func.count()).select_from(Upload)) == 0


def test_images_of_a_form_are_kept_in_the_draft_and_the_others_are_named(
    client: FlaskClient, anna: Account, session: Session
) -> None:
    data = {"place": "ask", "body": "Look:", "images": [image(encoded()), image(b"no", "notes.txt")]}
    client.post("/drafts", data=data)
    session.rollback()
    draft = session.scalars(select(Draft)).one()
    assert draft.body.startswith("Look:\n\n![Image](/uploads/")
    assert "“notes.txt” is no image" in client.get("/drafts").get_data(as_text=True)


# ---- served


@pytest.fixture
def stored(session: Session, make: Factory) -> Upload:
    upload = uploads.store(session, file_of(encoded()), make.account(), NOW)
    session.commit()
    return upload


def test_an_image_is_served_where_nothing_in_it_can_act(client: FlaskClient, stored: Upload) -> None:
    response = client.get(uploads.address(stored))
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Set-Cookie" not in response.headers
    assert response.get_data() == uploads.path_of(stored).read_bytes()


def test_an_image_is_for_all_to_keep_once_a_post_shows_it(
    client: FlaskClient, make: Factory, session: Session, stored: Upload
) -> None:
    assert client.get(uploads.address(stored)).headers["Cache-Control"] == "private, max-age=300"
    by = session.get_one(Account, stored.account_id)
    make.question(by, body=uploads.as_markdown(stored))
    assert client.get(uploads.address(stored)).headers["Cache-Control"] == "public, max-age=604800, immutable"


def test_who_has_the_image_already_is_told_so(client: FlaskClient, stored: Upload) -> None:
    tag = client.get(uploads.address(stored)).headers["ETag"]
    again = client.get(uploads.address(stored), headers={"If-None-Match": tag})
    assert (again.status_code, again.get_data()) == (304, b"")
    part = client.get(uploads.address(stored), headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.get_data()) == (206, b"RIFF")


ODD = [
    "/uploads/..%2f..%2fsecret_key.txt", "/uploads/%2e%2e/config.webp", "/uploads/x.webp", "/uploads/.webp",
    "/uploads/" + "0" * 28 + "-8x6.webp", "/uploads/" + "0" * 28 + "-0x6.webp", "/uploads/" + "0" * 28 + "-8x6.WEBP",
    "/uploads/" + "0" * 28 + "-8x6.png", "/uploads/" + "0" * 28 + "-8x6%0a.webp", "/uploads/",
]  # fmt: skip


@pytest.mark.parametrize("path", ODD)
def test_no_other_address_leads_to_a_file(client: FlaskClient, stored: Upload, path: str) -> None:
    assert client.get(path).status_code in {404, 405}


def test_a_row_without_its_file_and_a_file_without_its_row_are_not_there(
    client: FlaskClient, session: Session, stored: Upload
) -> None:
    address, path = uploads.address(stored), uploads.path_of(stored)
    path.rename(path.with_suffix(".away"))
    assert client.get(address).status_code == 404
    path.with_suffix(".away").rename(path)
    session.delete(stored)
    session.commit()
    assert client.get(address).status_code == 404
