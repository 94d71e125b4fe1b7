"""Images: sent by a script one by one, and served from an address of their own where nothing in them can act."""

from datetime import UTC, datetime

from flask import Response, current_app, request, send_file, session, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from sqlalchemy import select

from community import uploads
from community.db import db
from community.errors import Invalid, NotFound
from community.models import Post, Upload
from community.web.extensions import limiter
from community.writing.blueprint import Answer, told_in_json, writing

POLICY = "default-src 'none'; sandbox"
WEEK = 7 * 24 * 3600  # seconds that others may keep an image that a post shows: so long it outlives its deletion there
TAKING_IMAGES = {  # endpoints whose multipart forms may hold images
    "writing.send_image", "writing.save_draft", "questions.ask", "questions.answer", "questions.edit",
}  # fmt: skip


@writing.record_once
def take_larger_requests(state: BlueprintSetupState) -> None:
    state.app.url_value_preprocessor(allow_images)  # before anything reads the form, which other hooks do


def allow_images(endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Forms with images may be larger than other requests, if somebody signed in sends them."""
    if endpoint in TAKING_IMAGES and request.mimetype == "multipart/form-data" and "_user_id" in session:
        at_once = 1 if endpoint == "writing.send_image" else uploads.MOST_AT_ONCE
        settings = current_app.config
        request.max_content_length = settings["MAX_CONTENT_LENGTH"] + at_once * settings["UPLOAD_MOST_BYTES"]


@writing.post("/uploads")
@auth_required("session")
@limiter.limit("120 per hour", key_func=lambda: f"account {current_user.get_id()}")
@told_in_json
def send_image() -> Answer:
    file = request.files.get("image")
    if file is None or not file.filename:
        raise Invalid(_("Choose an image first."))
    upload = uploads.store(db.session(), file, current_user, datetime.now(UTC))
    db.session.commit()
    return {"url": url_for(".image", image_key=upload.key), "markdown": uploads.as_markdown(upload)}, 201


@writing.get("/uploads/<image_key>.webp")
def image(image_key: str) -> Response:
    """The image; for others to keep only once a post shows it."""
    if not uploads.KEY.fullmatch(image_key):
        raise NotFound
    found = db.session.execute(
        select(Upload.post_id, Post.deleted_at)
        .outerjoin(Post, Post.id == Upload.post_id)
        .where(Upload.key == image_key)
    ).one_or_none()
    path = uploads.path_of_key(image_key)
    if found is None or not path.is_file() or (found.deleted_at and not getattr(current_user, "is_staff", False)):
        raise NotFound
    response = send_file(path, mimetype="image/webp", etag=image_key, conditional=True)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    is_public = found.post_id is not None and found.deleted_at is None
    response.headers["Cache-Control"] = f"public, max-age={WEEK}, immutable" if is_public else "private, max-age=300"
    return response
