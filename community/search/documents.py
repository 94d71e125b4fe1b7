"""Posts as the index holds them, read from the database as committed by now."""

from collections.abc import Iterable, Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from community.batches import batches
from community.db import will_write
from community.models import Account, Post, Product, Role, Tag, account_role, question_tag
from community.search.analysis import clean, language_of, plain_text, spellings, to_one_script
from community.search.traits import packed

BATCH = 500  # posts read, or looked up in the index, at a time
COMPANY = ("agent", "manager", "admin")  # roles that speak for the company

post = Post.__table__  # as a table, since one statement here reads all three kinds
question, parent = post.alias("question"), post.alias("parent")


@dataclass(frozen=True)
class Document:
    """A post as the index holds it."""

    post_id: int
    parent_id: int | None
    question_id: int
    kind: str
    title: str | None
    body: str
    author_id: int | None
    author: str
    handle: str
    is_company: bool
    product: str
    created_at: datetime
    tags: tuple[str, ...]

    @cached_property
    def mark(self) -> int:
        """A fingerprint of all the rest."""
        return int.from_bytes(blake2b(repr(self).encode("utf-8", "replace"), digest_size=8).digest(), "big")

    def fields(self) -> dict[str, Any]:
        title, body = clean(self.title or ""), plain_text(self.body)
        language = language_of(f"{title} {body}")
        return {
            "post": str(self.post_id), "under": [str(id) for id in (self.post_id, self.parent_id, self.question_id) if id],
            "title": title or None, "topic": "\n".join(self.tags), "body": body, "author": clean(self.author),
            "handle": self.handle.lower(), "by": str(self.author_id or ""), "product": self.product.lower(),
            "tag": [to_one_script(tag.lower()) for tag in self.tags], "post_id": self.post_id,
            "spelling": sorted(spellings(title) | spellings(body)), "question_id": self.question_id,
            "made_at": int(self.created_at.timestamp()), "traits": packed(self.kind, language, self.is_company),
            "mark": self.mark,
        }  # fmt: skip


def documents(session: Session, which: ColumnElement[bool], most: int | None = None) -> list[Document]:
    """The documents of these posts by id: of those that have words and are not deleted, nor what they stand below."""
    rows = fresh(
        session,
        select(
            post.c.id, post.c.parent_id, question.c.id, post.c.kind, post.c.title, post.c.body, post.c.author_id,
            func.coalesce(Account.name, ""), func.coalesce(Account.handle, ""), _is_company(),
            func.coalesce(Product.slug, ""), post.c.created_at,
        )
        .join(question, question.c.id == func.coalesce(post.c.question_id, post.c.id))
        .outerjoin(parent, parent.c.id == post.c.parent_id)
        .outerjoin(Account, Account.id == post.c.author_id)
        .outerjoin(Product, Product.id == question.c.product_id)
        .where(which, post.c.erased_at.is_(None))
        .where(*(table.c.deleted_at.is_(None) for table in (post, question, parent)))
        .order_by(post.c.id)
        .limit(most),
    )  # fmt: skip
    tags = _tags(session, {row[2] for row in rows})
    return [Document(*(*row[:9], bool(row[9]), *row[10:], tuple(tags.get(row[2], ())))) for row in rows]


def below(post_ids: Sequence[int]) -> ColumnElement[bool]:
    """These posts and what stands below them."""
    return or_(*(column.in_(post_ids) for column in (post.c.id, post.c.question_id, post.c.parent_id)))


def all_documents(session: Session) -> Iterator[list[Document]]:
    """Every document, in batches by key."""
    last, is_more = 0, True
    while is_more:
        batch = documents(session, post.c.id > last, BATCH)
        yield batch
        is_more = len(batch) == BATCH
        last = batch[-1].post_id if batch else last


def fresh(session: Session, statement: Select[Any]) -> Sequence[Any]:
    """Rows as committed by now, whatever the session has begun: read-only, and ended at once."""

    def read() -> Sequence[Any]:
        will_write(False)  # in the copied context only
        with Session(session.get_bind(Post)) as other:
            return other.execute(statement).all()

    return copy_context().run(read)


def _is_company() -> ColumnElement[bool]:
    return exists().where(
        account_role.c.account_id == post.c.author_id, Role.id == account_role.c.role_id, Role.name.in_(COMPANY)
    )


def _tags(session: Session, question_ids: Iterable[int]) -> dict[int, list[str]]:
    tags: dict[int, list[str]] = {}
    for ids in batches(question_ids, BATCH):
        statement = (
            select(question_tag.c.question_id, Tag.slug)
            .join(Tag, Tag.id == question_tag.c.tag_id)
            .where(question_tag.c.question_id.in_(ids))
            .order_by(Tag.slug)
        )
        for question_id, slug in fresh(session, statement):
            tags.setdefault(question_id, []).append(slug)
    return tags
