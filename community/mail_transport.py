"""How a mail leaves: composed as RFC 5322 wants it, then by SMTP, or into a folder where no server is set."""

import os
import re
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Protocol

from flask import current_app

from community.mail import header_line
from community.mail_addresses import mail_host, sender
from community.mail_files import Enclosure
from community.models import Mail

SEALED = ("from", "to", "subject", "date", "mime-version", "bcc", "cc", "sender")  # not for a mail's own headers


class Unreachable(Exception):
    """The mail server is away or does not let us in: no fault of the mail."""


class Refused(Exception):
    """This mail could not be handed over."""

    def __init__(self, message: str, is_final: bool = False):
        super().__init__(message)
        self.is_final = is_final


class Transport(Protocol):
    """A way out for mails."""

    def send(self, mail: Mail, files: Sequence[Enclosure] = ()) -> None:
        """Hand the mail over, with these files. Raises Refused, Unreachable."""


class AsItStands:
    """A header that is never folded: folding would encode its long addresses, and nothing could read them."""

    max_count = None

    @staticmethod
    def parse(value: str, kwds: dict[str, Any]) -> None:
        kwds["parse_tree"], kwds["decoded"] = None, value

    def fold(self, *, policy: EmailPolicy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


def _policy() -> "EmailPolicy[EmailMessage]":
    registry = HeaderRegistry()
    for name in ("message-id", "in-reply-to", "references", "list-id", "list-unsubscribe", "list-unsubscribe-post"):
        registry.map_to_type(name, AsItStands)  # type: ignore[arg-type]
    return SMTP.clone(cte_type="7bit", header_factory=registry)


POLICY = _policy()


def compose(mail: Mail, files: Sequence[Enclosure] = ()) -> EmailMessage:
    """The message. Raises Refused for good when an address cannot be one."""
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(header_line(current_app.config["SITE_NAME"]), addr_spec=sender())
    try:
        message["To"] = Address(addr_spec=mail.to)
    except (ValueError, IndexError) as error:  # the parser of addresses raises both
        raise Refused(f"{mail.to!r} is no address: {error}", is_final=True) from error
    message["Subject"] = header_line(mail.subject)
    message["Date"] = format_datetime(mail.created_at)
    for name, value in ({"Message-ID": f"<mail-{mail.id}@{mail_host()}>"} | mail.headers).items():
        if name.lower() not in SEALED and re.fullmatch(r"[A-Za-z0-9-]+", name):
            message[name] = header_line(str(value))
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    for file in files:
        main, _slash, sub = file.media_type.partition("/")
        if main in ("text", "message", "multipart"):  # not to be read as a part of the mail itself
            main, sub = "application", "octet-stream"
        message.add_attachment(file.data, maintype=main, subtype=sub, filename=file.name)
    return message


@contextmanager
def transport() -> Iterator[Transport]:
    """The way that the settings name, closed at the end."""
    if not current_app.config["SMTP_HOST"]:
        yield Folder(Path(current_app.config["MAIL_DIR"]))
        return
    server = Server()
    try:
        yield server
    finally:
        server.close()


class Folder:
    """Writes each mail to a file; the same mail again onto the same file."""

    def __init__(self, folder: Path):
        self.folder = folder

    def send(self, mail: Mail, files: Sequence[Enclosure] = ()) -> None:
        path = self.folder / file_name(mail.created_at, mail.id, mail.to)
        unfinished = path.with_suffix(".tmp")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(compose(mail, files).as_bytes())
            os.replace(unfinished, path)
        except OSError as error:
            raise Unreachable(f"{path.parent} cannot be written: {error}") from error


def file_name(created_at: datetime, mail_id: int, to: str) -> str:
    return f"{created_at:%Y%m%dT%H%M%S}-{mail_id}-{re.sub(r'[^A-Za-z0-9.@+_-]', '_', to)[:80]}.eml"


class Server:
    """An SMTP server, connected to at the first mail and again after it hung up."""

    def __init__(self) -> None:
        self.connection: smtplib.SMTP | None = None

    def send(self, mail: Mail, files: Sequence[Enclosure] = ()) -> None:
        message = compose(mail, files)
        self.connection = self.connection or connect()
        try:
            self.connection.send_message(message, sender(), [mail.to])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise Refused(f"{code} {_text(said)}", is_final=code >= 500) from error
        except smtplib.SMTPResponseException as error:
            raise Refused(f"{error.smtp_code} {_text(error.smtp_error)}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(f"the server does not take this address: {error}", is_final=True) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Refused(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        if self.connection:
            with suppress(smtplib.SMTPException, OSError):
                self.connection.quit()
        self.connection = None


def connect() -> smtplib.SMTP:
    """A connection that is encrypted and signed in as the settings say. Raises Unreachable."""
    config = current_app.config
    place = (config["SMTP_HOST"], config["SMTP_PORT"])
    timeout, trusted = config["SMTP_TIMEOUT_SECONDS"], ssl.create_default_context()
    try:
        if config["SMTP_TLS"] == "ssl":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=timeout, context=trusted)
        else:
            connection = smtplib.SMTP(*place, timeout=timeout)
        if config["SMTP_TLS"] == "starttls":
            connection.starttls(context=trusted)
        if config["SMTP_USER"]:
            connection.login(config["SMTP_USER"], config["SMTP_PASSWORD"])
    except (smtplib.SMTPException, OSError) as error:
        raise Unreachable(f"{place[0]}:{place[1]}: {error}") from error
    return connection


def _text(said: bytes | str) -> str:
    return header_line(said.decode("utf-8", "replace") if isinstance(said, bytes) else said)
