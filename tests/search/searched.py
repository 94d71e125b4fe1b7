"""The search indexes that the contract is asked of, and a community to be found in them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from community.models import Account, Answer, Comment, Post, Question, Role
from community.search.interface import Found, SearchIndex
from community.search.whoosh_index import WhooshIndex
from tests.search.conftest import Forum

IMPLEMENTATIONS: dict[str, Callable[[Path], SearchIndex]] = {"whoosh": WhooshIndex}


@dataclass
class Searched:
    """A forum whose changes are brought into the index at once."""

    forum: Forum
    index: SearchIndex

    def ask(self, title: str, body: str = "", **more: Any) -> Question:
        return self.put(self.forum.ask(title, body, **more))

    def answer(self, question: Question, body: str, **more: Any) -> Answer:
        return self.put(self.forum.answer(question, body, **more))

    def comment(self, on: Question | Answer, body: str) -> Comment:
        return self.put(self.forum.comment(on, body))

    def put(self, *posts: Any) -> Any:
        self.forum.session.commit()
        self.index.apply(self.forum.session, [post.id for post in posts])
        return posts[0]

    def delete(self, post: Post) -> None:
        self.forum.delete(post)
        self.put(post)

    def find(self, text: str, **more: Any) -> Found:
        return self.index.find(text, session=self.forum.session, **more)

    def questions(self, text: str, **more: Any) -> set[int]:
        found = self.find(text, **more)
        return set() if found.is_loose else {hit.question_id for hit in found.hits}

    def posts(self, text: str, **more: Any) -> set[int]:
        return {hit.post_id for hit in self.find(text, **more).hits}

    def staff(self, name: str, role: str = "agent") -> Account:
        account = self.forum.account(name)
        account.roles = [self.forum.session.query(Role).filter_by(name=role).first() or Role(name=role)]
        self.forum.session.commit()
        return account
