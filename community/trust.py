"""Trust levels by thresholds, and what newcomers may not do yet. docs/trust.md says it in plain words."""

import re
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import ceil

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from markdown_it import MarkdownIt
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.errors import Limited, NotAllowed
from community.models import TRUST, Account, Post

BARE_URL = re.compile(r"(?<![a-z0-9])(?:[a-z][a-z0-9+.-]*://|www\.)[^\s<>]", re.IGNORECASE)
HOUR = timedelta(hours=1)
parser = MarkdownIt("commonmark", {"html": False}).enable(
    ["table", "strikethrough"]
)  # what was typed, not what we show


@dataclass(frozen=True)
class Facts:
    """What the levels depend on."""

    days: int = 0  # whole days since joined
    posts: int = 0  # questions, answers and comments that still stand
    votes: int = 0  # helpful votes received that count
    solutions: int = 0  # answers of theirs that solved somebody else's question

    def reaches(self, other: "Facts") -> bool:
        return all(mine >= least for mine, least in zip(astuple(self), astuple(other), strict=True))

    def lacks(self, other: "Facts") -> "Facts":
        """How much is missing to `other`."""
        return Facts(*(max(0, least - mine) for mine, least in zip(astuple(self), astuple(other), strict=True)))


THRESHOLDS = {
    "member": Facts(days=3, posts=3),
    "regular": Facts(days=30, posts=20, votes=10, solutions=3),
    "leader": Facts(days=180, posts=100, votes=100, solutions=30),
}


def level_of(facts: Facts) -> str:
    """The highest level whose thresholds are all reached."""
    return next(
        (level for level in reversed(TRUST) if level in THRESHOLDS and facts.reaches(THRESHOLDS[level])), TRUST[0]
    )


def next_level(level: str) -> str | None:
    place = TRUST.index(level) + 1
    return TRUST[place] if place < len(TRUST) else None


def days_since(joined: datetime, now: datetime) -> int:
    return max(0, (now - joined).days)


def standing_posts(session: Session, account: Account) -> int:
    """How many posts of the account were not deleted."""
    mine = select(func.count()).where(Post.author_id == account.id, Post.deleted_at.is_(None), Post.erased_at.is_(None))
    return session.scalar(mine) or 0


def check_limits(session: Session, by: Account, body: str, now: datetime, is_new: bool = True) -> None:
    """Raises Limited, saying until when, if there are too many links, images, or new posts an hour.

    New posts of one account wait for one another here: two at once never both pass as the last one allowed.
    """
    require_voice(by, now)
    if by.is_staff:
        return
    if by.trust == "newcomer":
        _check_content(session, by, body, now)
    if is_new:
        _check_pace(session, by, now)


def require_voice(by: Account, now: datetime) -> None:
    """Raises NotAllowed for whom moderators have silenced, saying until when."""
    if by.silenced_until and by.silenced_until > now:
        until = by.silenced_until.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
        raise NotAllowed(
            _("You may read, but not write, until %(until)s UTC. See “Your standing” for why.", until=until)
        )


def _check_content(session: Session, by: Account, body: str, now: datetime) -> None:
    links, images = links_and_images(body)
    most_links, most_images = current_app.config["NEWCOMER_LINKS"], current_app.config["NEWCOMER_IMAGES"]
    told = []
    if links > most_links:
        told.append(
            ngettext(
                "Newcomers may put %(num)s link into a post.",
                "Newcomers may put %(num)s links into a post.",
                most_links,
            )
        )
    if images > most_images:
        told.append(
            ngettext(
                "Newcomers may put %(num)s image into a post.",
                "Newcomers may put %(num)s images into a post.",
                most_images,
            )
        )
    if told:
        raise Limited(" ".join([*told, _how_it_ends(session, by, now)]))


def _check_pace(session: Session, by: Account, now: datetime) -> None:
    is_newcomer = by.trust == "newcomer"
    most = current_app.config["NEWCOMER_POSTS_AN_HOUR" if is_newcomer else "POSTS_AN_HOUR"]
    if session.get_bind().dialect.name == "postgresql":  # the account's row is the queue; SQLite has one writer anyway
        session.execute(select(Account.id).where(Account.id == by.id).with_for_update(key_share=True))
    recent = select(Post.created_at).where(Post.author_id == by.id, Post.created_at > now - HOUR)  # deleted ones too
    oldest_in_the_way = session.scalar(recent.order_by(Post.created_at.desc()).offset(most - 1).limit(1))
    if oldest_in_the_way is None:
        return
    told = [
        ngettext(
            "You have written %(num)s post within an hour; more would be too many.",
            "You have written %(num)s posts within an hour; more would be too many.",
            most,
        ),
        _until(oldest_in_the_way + HOUR, now),
    ]
    raise Limited(" ".join(told + ([_how_it_ends(session, by, now)] if is_newcomer else [])))


def _until(moment: datetime, now: datetime) -> str:
    minutes = max(1, ceil((moment - now) / timedelta(minutes=1)))
    time = (now + timedelta(minutes=minutes)).astimezone(UTC).strftime("%H:%M")
    return str(
        ngettext(
            "You can post again at %(time)s UTC, in %(num)s minute.",
            "You can post again at %(time)s UTC, in %(num)s minutes.",
            minutes,
            time=time,
        )
    )


def _how_it_ends(session: Session, by: Account, now: datetime) -> str:
    """When a newcomer is one no longer."""
    if by.is_trust_fixed:
        return str(_("This ends when an administrator changes your level."))
    facts = Facts(days=days_since(by.created_at, now), posts=standing_posts(session, by))
    lacking = told_facts(facts.lacks(THRESHOLDS["member"]))
    if not lacking:
        return str(_("This ends within a day: you are about to become a member."))
    return str(_("This ends when you are a member. Still needed: %(what)s.", what=lacking))


def told_facts(facts: Facts) -> str:
    """The facts that are not zero, as words: "3 days, 2 posts"; empty when all are."""
    told = (
        (facts.days, ngettext("%(num)s day", "%(num)s days", facts.days)),
        (facts.posts, ngettext("%(num)s post", "%(num)s posts", facts.posts)),
        (facts.votes, ngettext("%(num)s helpful vote", "%(num)s helpful votes", facts.votes)),
        (facts.solutions, ngettext("%(num)s solution", "%(num)s solutions", facts.solutions)),
    )
    return str(_(", ")).join(text for count, text in told if count)


@lru_cache(maxsize=16)  # of a new post it is asked before the writer's place is taken, and in it
def links_and_images(text: str) -> tuple[int, int]:
    """How many links lead away from this site, and how many images there are, as the page would show them.

    An address that is only typed counts as a link; one inside code does not, and neither does a path of this site.
    """
    links = images = 0
    for inline in parser.parse(text):
        depth = 0
        for token in inline.children or ():
            depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
            links += token.type == "link_open" and not _is_inside(str(token.attrGet("href") or ""))
            images += token.type == "image"
            links += len(BARE_URL.findall(token.content)) if token.type == "text" and not depth else 0
    return links, images


def _is_inside(href: str) -> bool:
    return href.startswith(("/", "#")) and not href.startswith("//")
