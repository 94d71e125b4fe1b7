"""What lies in the queue of mails, as a person would read it."""

import re
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Mail


def newest_mail(session: Session) -> Mail:
    session.rollback()
    return session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()


def link_in(mail: Mail) -> str:
    """The path of the first link with a token."""
    found = re.search(r"https?://\S+?(/(?:confirm|reset|settings/email)/[\w.~=-]{20,})", mail.text)
    assert found, mail.text
    return urlsplit(found[1]).path
