"""What the search page shows: hits with what the database says of them now, operators as chips, facets as links."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Account, Product, Tag, question_tag
from community.search.documents import parent, post, question
from community.search.interface import Found, Hit
from community.search.understanding import Ask, Operator
from community.web.languages import local

FACETS = ("state", "product", "tag", "kind", "language")
OPERATORS = {"state": "is", "kind": "is", "language": "lang"}  # of a facet, where it has another name
HEADINGS = {
    "state": _l("Solved?"), "product": _l("Product"), "tag": _l("Tag"), "kind": _l("Where it was found"),
    "language": _l("Language"),
}  # fmt: skip
VALUES = {
    "solved": _l("solved"), "unsolved": _l("not solved"), "answered": _l("with answers"), "unanswered": _l("unanswered"),
    "company": _l("by the company"), "question": _l("in the question"), "answer": _l("in an answer"),
    "comment": _l("in a comment"), "zh": _l("Chinese"), "en": _l("English"),
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A hit that may be shown, and its question as it is now."""

    hit: Hit
    title: str
    is_solved: bool
    answers: int
    author: str
    tags: tuple[str, ...] = ()  # of its question


@dataclass(frozen=True)
class Link:
    """A facet's value, or an operator that can be taken off."""

    text: str
    url: str
    count: int = 0


def shown(session: Session, hits: Sequence[Hit]) -> list[Shown]:
    """Those that may still be shown, for the index lags by a moment. Two statements."""
    if not hits:
        return []
    rows = session.execute(
        select(post.c.id, question.c.title, question.c.solved_at, question.c.answer_count, Account.name)
        .join(question, question.c.id == func.coalesce(post.c.question_id, post.c.id))
        .outerjoin(parent, parent.c.id == post.c.parent_id)
        .outerjoin(Account, Account.id == post.c.author_id)
        .where(post.c.id.in_([hit.post_id for hit in hits]), post.c.erased_at.is_(None))
        .where(*(table.c.deleted_at.is_(None) for table in (post, question, parent)))
    )
    there = {row[0]: row for row in rows}
    facts = [(hit, there[hit.post_id]) for hit in hits if hit.post_id in there]
    tags = _tags(session, {hit.question_id for hit, _ in facts})
    return [
        Shown(
            hit, row.title or "", row.solved_at is not None, row.answer_count or 0, row.name or "",
            tuple(tags.get(hit.question_id, ())),
        )
        for hit, row in facts
    ]  # fmt: skip


def _tags(session: Session, question_ids: set[int]) -> dict[int, list[str]]:
    rows = session.execute(
        select(question_tag.c.question_id, Tag.slug)
        .join(Tag, Tag.id == question_tag.c.tag_id)
        .where(question_tag.c.question_id.in_(question_ids))
        .order_by(Tag.slug)
    )
    tags: dict[int, list[str]] = {}
    for question_id, slug in rows:
        tags.setdefault(question_id, []).append(slug)
    return tags


def product_names(session: Session, slugs: Iterable[str]) -> dict[str, str]:
    """What the products are called in the reader's language."""
    rows = session.scalars(select(Product).where(func.lower(Product.slug).in_(list(slugs))).limit(100))
    return {product.slug.lower(): local(product, "name") for product in rows}


def chips(ask: Ask, names: dict[str, str], order: str | None = None) -> list[Link]:
    """Each operator of the query, with the address of the search without it."""
    return [Link(_chip_text(one, names), _search_url(ask.without_operator(one), order)) for one in ask.operators]


def facet_links(ask: Ask, found: Found, names: dict[str, str], order: str | None = None) -> dict[str, list[Link]]:
    """Each facet that would narrow it: its heading, and its values with the address of the search that has them too."""
    kept = {}
    for name in FACETS:
        operator = OPERATORS.get(name, name)
        taken = set(ask.values(operator))
        values = [(value, count) for value, count in found.facets.get(name, ()) if value.lower() not in taken]
        is_narrower = any(count < found.total for _, count in values)
        if is_narrower and not (taken and name in {"product", "language"}):
            kept[str(HEADINGS[name])] = [
                Link(
                    _value_text(name, value, names),
                    _search_url(f"{ask.text} {operator}:{_quoted(value)}", order),
                    count,
                )
                for value, count in values
            ]
    return kept


def _chip_text(operator: Operator, names: dict[str, str]) -> str:
    value = names.get(operator.value, operator.value) if operator.name == "product" else operator.value
    texts = {
        "tag": _("Tag: %(value)s", value=value), "product": _("Product: %(value)s", value=value),
        "author": _("Author: %(value)s", value=value), "before": _("Before %(value)s", value=value),
        "after": _("From %(value)s on", value=value),
    }  # fmt: skip
    text = texts.get(operator.name) or str(VALUES.get(operator.value, operator.value))
    return _("not: %(what)s", what=text) if operator.is_not else text


def _value_text(facet: str, value: str, names: dict[str, str]) -> str:
    return (
        names.get(value.lower(), value)
        if facet == "product"
        else str(VALUES.get(value, value))
        if facet != "tag"
        else value
    )


def _search_url(text: str, order: str | None) -> str:
    return url_for("search.find", q=text, order=order)


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
