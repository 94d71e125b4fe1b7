"""How a post read before: what each edit changed, word by word."""

import re
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

import rjieba
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from community.errors import NotAllowed, NotFound
from community.models import Account, Post, Question, Revision
from community.moderation import log
from community.web.access import MODERATORS

MOST_REVISIONS = 50
MOST_WORDS = 4_000  # of both texts together; longer ones are compared line by line
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORDS = re.compile(rf"[{HAN}]+|\w+|\s+|[^\w\s]")

Change = tuple[str, str]  # "same", "added" or "removed", and the words


@dataclass(frozen=True)
class Version:
    """One text of a post, and what its edit changed. `number` is 1 for the first; the last is the text of now."""

    number: int
    title: str | None
    body: str
    editor: Account | None
    at: datetime
    title_changes: list[Change]
    body_changes: list[Change]
    is_current: bool

    @property
    def is_removed(self) -> bool:
        """Whether a moderator took its words out of the history."""
        return not self.body


def remove_words(session: Session, post: Post, number: int, by: Account, now: datetime) -> None:
    """Take an old text out of the history for good: somebody's data stood in it. Raises NotAllowed, NotFound."""
    if not any(by.has_role(role) for role in MODERATORS):
        raise NotAllowed(_("Only moderators can do this."))
    kept = session.scalar(select(Revision).where(Revision.post_id == post.id, Revision.number == number))
    if kept is None or not kept.body:
        raise NotFound
    kept.title, kept.body = None, ""
    log.write(session, "remove words", by, now, post=post, details={"number": number})


def versions(session: Session, post: Post) -> list[Version]:
    """The newest first, at most MOST_REVISIONS. A revision row says how the post read before an edit, and who made that edit."""
    editor = aliased(Account)
    rows = session.execute(
        select(Revision, editor)
        .outerjoin(editor, editor.id == Revision.editor_id)
        .where(Revision.post_id == post.id)
        .order_by(Revision.number.desc())
        .limit(MOST_REVISIONS)
    ).all()
    before = [revision for revision, _editor in reversed(rows)]
    editors = [editor for _revision, editor in reversed(rows)]
    title = post.title if isinstance(post, Question) else None
    texts = [(one.title, one.body) for one in before] + [(title, post.body)]
    first = before[0].number if before else 1
    author = session.get(Account, post.author_id) if post.author_id else None
    made = [(author, post.created_at)] + [(who, one.created_at) for one, who in zip(before, editors, strict=True)]
    found = []
    for place, (title, body) in enumerate(texts):
        old_title, old_body = texts[place - 1] if place else (title, body)
        if not old_body or not body:  # beside what was removed no difference is shown: it would tell
            old_title, old_body = title, body
        author, at = made[place]
        found.append(
            Version(
                first + place, title, body, author, at, changes(old_title or "", title or ""), changes(old_body, body),
                is_current=place == len(texts) - 1,
            )
        )  # fmt: skip
    return found[::-1]


def changes(old: str, new: str) -> list[Change]:
    """The new text with what was removed and added, in words of English and Chinese."""
    first, second = _words(old), _words(new)
    if len(first) + len(second) > MOST_WORDS:
        first, second = old.splitlines(keepends=True), new.splitlines(keepends=True)
    found: list[Change] = []
    matcher = SequenceMatcher(None, first, second, autojunk=len(first) + len(second) > MOST_WORDS)
    for kind, start, end, begin, stop in matcher.get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(first[start:end])))
            continue
        if start < end:
            found.append(("removed", "".join(first[start:end])))
        if begin < stop:
            found.append(("added", "".join(second[begin:stop])))
    return found


def _words(text: str) -> list[str]:
    words: list[str] = []
    for run in WORDS.findall(text):
        words += rjieba.cut(run) if "\u3400" <= run[0] <= "\ufaff" else [run]
    return words
