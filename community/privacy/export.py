"""Everything that is kept about a person, as a ZIP of JSON and images: written batch by batch, so that memory is bounded."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from flask import current_app
from sqlalchemy.orm import Session

from community import uploads
from community.models import Account
from community.privacy import parts


def archive(session: Session, account: Account, now: datetime) -> IO[bytes]:
    """A temporary file with the archive, at its beginning; it is gone when it is closed."""
    file = TemporaryFile()  # noqa: SIM115  (the response closes it)
    try:
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            archive.writestr("README.txt", readme(account, now))
            for name, part in parts.PARTS.items():
                write_json(archive, f"{name}.json", part(session, account))
            for upload in parts.own_uploads(session, account):
                add_image(archive, upload)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def readme(account: Account, now: datetime) -> str:
    """What is in the archive. A command has no request, so nothing that pages know goes in."""
    text = current_app.jinja_env.get_template("privacy/readme.txt")
    return text.render(site_name=current_app.config["SITE_NAME"], account=account, now=now.astimezone(UTC))


def write_json(archive: ZipFile, name: str, rows: Iterable[dict[str, Any]]) -> None:
    """A JSON array, one row a line."""
    with archive.open(name, "w") as file:
        before = "[\n"
        for row in rows:
            line = json.dumps(row, ensure_ascii=False, default=plain)
            file.write(f"{before}{line}".encode("utf-8", "surrogatepass"))
            before = ",\n"
        file.write(b"[]\n" if before == "[\n" else b"\n]\n")


def plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def add_image(archive: ZipFile, upload: Any) -> None:
    """The file as it is; images are compressed already. One that is missing is left out."""
    path = uploads.path_of(upload)
    if path.is_file():
        archive.write(path, f"uploads/{path.name}", ZIP_STORED)
