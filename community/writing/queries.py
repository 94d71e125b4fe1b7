"""Reads of what helps while writing: tags that fit."""

import re

from opencc import OpenCC
from sqlalchemy import case, exists, func, or_, select
from sqlalchemy.orm import Session

from community.models import Post, Tag, question_tag

MOST_TAGS = 8
LOOKED_AT = 20  # tags whose questions are looked at

_converters = [OpenCC("t2s"), OpenCC("s2t")]


def suggested_tags(session: Session, typed: str) -> list[tuple[str, int]]:
    """The most used tags that begin with what is typed, then those that contain it, with their counts of questions.

    Chinese is sought in both scripts. Tags that only deleted questions have are left out.
    """
    sought = re.sub(r"[^\w]+", "-", typed.casefold()).strip("-_")[:50]
    if not sought:
        return []
    written = {sought, *(converter.convert(sought) for converter in _converters)}
    begins = or_(*(Tag.slug.startswith(one, autoescape=True) for one in written))
    contains = or_(*(Tag.slug.contains(one, autoescape=True) for one in written))
    uses = func.count().label("uses")
    used = (
        select(Tag.id, Tag.slug, uses, begins.label("begins"))
        .join(question_tag, question_tag.c.tag_id == Tag.id)
        .where(contains)
        .group_by(Tag.id, Tag.slug)
        .order_by(case((begins, 0), else_=1), uses.desc(), Tag.slug)
        .limit(LOOKED_AT)
        .subquery()
    )
    is_alive = exists().where(
        question_tag.c.tag_id == used.c.id, question_tag.c.question_id == Post.id, Post.deleted_at.is_(None)
    )
    rows = select(used.c.slug, used.c.uses).where(is_alive)
    ordered = rows.order_by(case((used.c.begins, 0), else_=1), used.c.uses.desc(), used.c.slug)
    return [(slug, count) for slug, count in session.execute(ordered.limit(MOST_TAGS))]
