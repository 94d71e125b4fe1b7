"""Replies that are written often: kept by agents, in both languages, with fields that are filled in for a case."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.complaints.changing import require_worker
from community.complaints.sending import address_of, language_of
from community.errors import Conflict, Invalid, NotFound
from community.models import Account, CannedReply, Complaint
from community.web.languages import local

FIELDS = ("{customer}", "{product}", "{agent}", "{number}", "{subject}")
MOST = 200
LONGEST = 10_000


def canned_replies(session: Session) -> list[CannedReply]:
    return list(session.scalars(select(CannedReply).order_by(CannedReply.name).limit(MOST)))


def canned_reply(session: Session, canned_id: int) -> CannedReply:
    """Raises NotFound."""
    found = session.get(CannedReply, canned_id)
    if found is None:
        raise NotFound
    return found


def write(
    session: Session, canned: CannedReply | None, name: str, body: str, body_zh: str, by: Account, now: datetime
) -> CannedReply:
    """Change it, or make a new one. Raises NotAllowed, Invalid, and Conflict when the name is taken."""
    require_worker(by)
    name, body, body_zh = " ".join(name.split())[:80], body.strip(), body_zh.strip()
    if not name or not body or max(len(body), len(body_zh)) > LONGEST:
        raise Invalid(_("A canned reply has a name and a text of at most %(most)s characters.", most=LONGEST))
    same = session.scalar(select(CannedReply).where(CannedReply.name == name))
    if same is not None and same is not canned:
        raise Conflict(_("There is a canned reply of this name."))
    if canned is None:
        canned = CannedReply(name=name, body=body, body_zh=body_zh, changed_at=now)
        session.add(canned)
    canned.name, canned.body, canned.body_zh, canned.changed_at = name, body, body_zh, now
    session.flush()
    return canned


def remove(session: Session, canned: CannedReply, by: Account) -> None:
    require_worker(by)
    session.delete(canned)
    session.flush()


def filled(session: Session, canned: CannedReply, complaint: Complaint, by: Account) -> str:
    """Its text in the customer's language, with what is known in place of the fields."""
    _to, account = address_of(session, complaint)
    is_chinese = language_of(session, complaint, account) == "zh_CN"
    text = canned.body_zh if is_chinese and canned.body_zh else canned.body
    values = {
        "{customer}": complaint.customer.name, "{agent}": by.name, "{number}": str(complaint.id),
        "{subject}": complaint.subject, "{product}": product_name(complaint, is_chinese),
    }  # fmt: skip
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def product_name(complaint: Complaint, is_chinese: bool) -> str:
    if complaint.product is None:
        return "产品" if is_chinese else "product"
    return (
        (complaint.product.name_zh if is_chinese else None)
        or complaint.product.name
        or local(complaint.product, "name")
    )
