"""What somebody is about to post, kept on the server until it is posted, thrown away or forgotten.

Two windows may hold the same draft. Each says which version it began with, so none overwrites another's unseen; and a
window that saves by itself does not bring back what was posted meanwhile.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, aliased

from community.batches import delete_in_batches
from community.errors import Conflict, Invalid, NotFound
from community.models import Account, Attachment, Draft, Post, Question

PLACE = re.compile(
    r"ask|(?:answer|comment|case):[1-9][0-9]{0,8}"
)  # the number: of the question, the post, the complaint
THROWN = "thrown:"  # before the place of a draft that was thrown away
LONGEST_BODY = 30_000  # characters of a post, and so of what is about to be one
LONGEST_LINE = 300  # characters of title, product and tags that are kept
MOST = 50
KEPT = timedelta(days=180)
KEPT_THROWN = timedelta(days=1)


class Overtaken(Conflict):
    """Another window saved, posted or threw away the draft; `draft` is what there is now."""

    def __init__(self, message: str, draft: Draft | None):
        super().__init__(message)
        self.draft = draft


@dataclass(frozen=True)
class Words:
    """What a draft consists of, as typed."""

    title: str = ""
    body: str = ""
    product: str = ""
    tags: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.title or self.body or self.tags)


def words(**typed: str) -> Words:
    """As they are kept. Raises Invalid when the text is longer than a post may be."""
    body = typed.pop("body", "").replace("\r\n", "\n").rstrip()
    if len(body) > LONGEST_BODY:
        raise Invalid(_("The text is longer than %(most)s characters.", most=LONGEST_BODY))
    lines = {name: " ".join(text.split())[:LONGEST_LINE] for name, text in typed.items()}
    return Words(body=body, **lines)


def words_of(draft: Draft) -> Words:
    return Words(draft.title, draft.body, draft.product, draft.tags)


def draft_of(session: Session, account: Account, place: str) -> Draft | None:
    """What the account was about to post there."""
    return session.scalar(select(Draft).where(Draft.account_id == account.id, Draft.place == place))


def drafts_of(session: Session, account: Account) -> list[Draft]:
    """All drafts of the account, last saved first."""
    own = select(Draft).where(Draft.account_id == account.id, ~Draft.place.startswith(THROWN))
    return list(session.scalars(own.order_by(Draft.saved_at.desc(), Draft.id.desc()).limit(MOST)))


def titles(session: Session, drafts: Iterable[Draft]) -> dict[str, str]:
    """By place, of answers and comments: the title of the question, unless it or the post is gone."""
    split = [(draft.place, draft.place.partition(":")) for draft in drafts]
    ids = {place: int(number) for place, (kind, _colon, number) in split if kind in {"answer", "comment"}}
    asked = aliased(Question)
    rows = (
        select(Post.id, asked.title)
        .join(asked, asked.id == func.coalesce(Post.question_id, Post.id))
        .where(Post.id.in_(set(ids.values())), Post.deleted_at.is_(None), asked.deleted_at.is_(None))
    )
    found = {post_id: title or "" for post_id, title in session.execute(rows)}
    return {place: found[post_id] for place, post_id in ids.items() if post_id in found}


def save(
    session: Session, by: Account, place: str, typed: Words, known: datetime | None, now: datetime,
    is_automatic: bool = False,
) -> Draft | None:  # fmt: skip
    """Keep these words; None when there are none. `known`: the version that the window began with.

    Raises Overtaken when the draft is another by now, Invalid when there is no such place or there are too many drafts.
    """
    if not PLACE.fullmatch(place):
        raise Invalid(_("Nothing can be written there."))
    own = select(Draft).where(Draft.account_id == by.id, Draft.place == place)
    draft = session.scalar(own.with_for_update())
    if draft is None:
        return _begin(session, by, place, typed, known if is_automatic else None, now)
    if words_of(draft) == typed:
        return draft
    if draft.saved_at != known:
        raise Overtaken(_("This draft was changed in another window."), draft)
    if typed.is_empty and not has_files(session, draft):
        session.delete(draft)
        session.flush()
        return None
    for name, text in asdict(typed).items():
        setattr(draft, name, text)
    draft.saved_at = now
    session.flush()
    return draft


def has_files(session: Session, draft: Draft) -> bool:
    """Whether files of a reply that was taken back wait with it."""
    return session.scalar(select(Attachment.id).where(Attachment.draft_id == draft.id).limit(1)) is not None


def _begin(
    session: Session, by: Account, place: str, typed: Words, known: datetime | None, now: datetime
) -> Draft | None:
    if typed.is_empty:
        return None
    if known:
        raise Overtaken(_("This draft was posted or thrown away in another window."), None)
    session.execute(select(Account.id).where(Account.id == by.id).with_for_update())  # one window at a time counts
    count = session.scalar(select(func.count()).where(Draft.account_id == by.id)) or 0
    if count >= MOST:
        raise Invalid(_("You have %(most)s drafts. Throw one of them away first.", most=MOST))
    draft = Draft(account_id=by.id, place=place, saved_at=now, **asdict(typed))
    session.add(draft)
    session.flush()
    return draft


def take(session: Session, account: Account, place: str) -> None:
    """Its words are posted: the draft goes, in the same transaction."""
    session.execute(delete(Draft).where(Draft.account_id == account.id, Draft.place == place))


def own_draft(session: Session, by: Account, draft_id: int) -> Draft:
    """Raises NotFound unless there is one, and it is theirs."""
    draft = session.get(Draft, draft_id)
    if draft is None or draft.account_id != by.id:
        raise NotFound
    return draft


def throw_away(session: Session, by: Account, draft_id: int, now: datetime) -> Draft:
    """Put the draft out of sight, from where it can be brought back for a day. Raises NotFound."""
    draft = own_draft(session, by, draft_id)
    if not draft.place.startswith(THROWN):
        take(session, by, THROWN + draft.place)
        draft.place, draft.saved_at = THROWN + draft.place, now
        session.flush()
    return draft


def bring_back(session: Session, by: Account, draft_id: int, now: datetime) -> Draft:
    """Undo `throw_away`. Raises NotFound, and Conflict when another draft has taken its place."""
    draft = own_draft(session, by, draft_id)
    place = draft.place.removeprefix(THROWN)
    if place != draft.place:
        if draft_of(session, by, place):
            raise Conflict(_("There is a newer draft in its place. Throw that one away first."))
        draft.place, draft.saved_at = place, now
        session.flush()
    return draft


def tidy() -> dict[str, Any]:
    """A chore: throw away drafts that nobody came back to."""
    now = datetime.now(UTC)
    is_old = (Draft.saved_at < now - KEPT) | (Draft.place.startswith(THROWN) & (Draft.saved_at < now - KEPT_THROWN))
    removed = delete_in_batches(Draft, is_old)
    return {"drafts": removed} if removed else {}
