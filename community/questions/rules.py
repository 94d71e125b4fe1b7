"""What a title, a text and a tag must be like."""

import re
from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Invalid
from community.models import Tag, TagSynonym
from community.names import clean_line

MOST_TAGS = 5
LONGEST_TITLE = 200
LONGEST_COMMENT = 2_000


def checked_title(title: str) -> str:
    """One line. Raises Invalid when it is too short or too long."""
    title = clean_line(title)
    if len(title) < 3:
        raise Invalid(_("Please give the question a title."))
    if len(title) > LONGEST_TITLE:
        raise Invalid(_("The title is longer than %(most)s characters.", most=LONGEST_TITLE))
    return title


def checked(body: str, longest: int) -> str:
    """The text without blanks around it. Raises Invalid when nothing is left, or too much."""
    body = body.replace("\r\n", "\n").strip()
    if not body:
        raise Invalid(_("Please write something."))
    if len(body) > longest:
        raise Invalid(_("The text is longer than %(most)s characters.", most=longest))
    return body


def split_tags(text: str) -> list[str]:
    """The tags that somebody typed into one line."""
    return [name for name in re.split(r"[\s,，、;；]+", text) if name]


def named_tags(session: Session, names: Sequence[str]) -> list[Tag]:
    """The tags of these names, made where new. Raises Invalid when there are too many."""
    typed = {slug for name in names if (slug := tag_slug(name))}
    meant = dict(
        session.execute(select(TagSynonym.slug, Tag.slug).join(Tag).where(TagSynonym.slug.in_(typed))).tuples().all()
    )
    slugs = sorted({meant.get(slug, slug) for slug in typed})
    if len(slugs) > MOST_TAGS:
        raise Invalid(_("A question takes %(most)s tags at most.", most=MOST_TAGS))
    known = {tag.slug: tag for tag in session.scalars(select(Tag).where(Tag.slug.in_(slugs)))}
    for slug in slugs:
        if slug not in known:
            known[slug] = Tag(slug=slug)
            session.add(known[slug])
    session.flush()
    return [known[slug] for slug in slugs]


def tag_slug(name: str) -> str:
    """Letters and digits of any script, joined by hyphens, at most 50."""
    return re.sub(r"[^\w]+", "-", name.casefold()).strip("-_")[:50]
