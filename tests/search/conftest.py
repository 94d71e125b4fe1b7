"""A forum of a few posts made directly from the models, and its index."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy.orm import Session

from community.models import Account, Answer, Comment, Post, Product, Question, Tag
from community.search import queries, service

T = TypeVar("T")
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Forum:
    """Makes posts, brings them into the index and searches."""

    session: Session
    index_dir: Path
    made: int = 0

    def account(self, name: str) -> Account:
        account = Account(name=name, fs_uniquifier=f"{name}-{self._next()}", created_at=START)
        return self._kept(account)

    def ask(self, title: str, body: str = "", **more: Any) -> Question:
        tags = [self._tag(slug) for slug in more.pop("tags", ())]
        return self._kept(Question(title=title, body=body, created_at=self._when(), tags=tags, **more))

    def answer(self, question: Question, body: str, **more: Any) -> Answer:
        question.answer_count = (question.answer_count or 0) + 1
        return self._kept(Answer(question_id=question.id, body=body, created_at=self._when(), **more))

    def comment(self, on: Question | Answer, body: str) -> Comment:
        question_id = on.id if isinstance(on, Question) else on.question_id
        return self._kept(Comment(question_id=question_id, parent_id=on.id, body=body, created_at=self._when()))

    def product(self, slug: str) -> Product:
        return self._kept(Product(slug=slug, name=slug))

    def delete(self, *posts: Post) -> None:
        for post in posts:
            post.deleted_at = START
        self.session.commit()

    def apply(self, *posts: Post) -> int:
        return service.apply(self.index_dir, self.session, [post.id for post in posts])

    def rebuild(self) -> int:
        return service.rebuild(self.index_dir, self.session)

    def find(self, text: str, **more: Any) -> queries.Found:
        return queries.find(self.index_dir, text, session=self.session, **more)

    def found(self, text: str, **more: Any) -> list[int]:
        """The questions found, best first."""
        return [hit.question_id for hit in self.find(text, **more).hits]

    def _tag(self, slug: str) -> Tag:
        return self.session.query(Tag).filter_by(slug=slug).first() or self._kept(Tag(slug=slug))

    def _kept(self, row: T) -> T:
        self.session.add(row)
        self.session.commit()
        return row

    def _next(self) -> int:
        self.made += 1
        return self.made

    def _when(self) -> datetime:
        return START + timedelta(minutes=self._next())


@pytest.fixture
def forum(session: Session, tmp_path: Path) -> Forum:
    return Forum(session, tmp_path / "index")
