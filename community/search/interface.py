"""What search promises, whatever answers it: the tests of the contract run on every implementation.

Today there is one, `whoosh_index.WhooshIndex`. Views, commands and reactions know this page and `current_index`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from community.search.analysis import Parts


@dataclass(frozen=True)
class Hit:
    """One question's best passage."""

    post_id: int
    question_id: int
    kind: str
    title: str
    title_parts: Parts
    excerpt_parts: Parts
    author: str
    score: float
    created_at: datetime
    language: str  # zh, en, or empty where there are no letters
    is_company: bool  # written by company staff


Facets = dict[str, list[tuple[str, int]]]  # product, tag, state, kind, language -> (value, questions), the most first


@dataclass(frozen=True)
class Found:
    """A page of hits. `total` counts questions; `is_partial`: there are more than were ranked."""

    total: int = 0
    hits: list[Hit] = field(default_factory=list)
    seconds: float = 0.0
    is_loose: bool = False  # nothing has all the words; these have some
    is_partial: bool = False
    is_ready: bool = True  # false while there is no index to read
    corrected: str | None = None  # how the query may have been meant, when nothing has all its words
    facets: Facets = field(default_factory=dict)  # if they were asked for


@dataclass(frozen=True)
class Similar:
    """A question whose title resembles another; likeness in (0, 1], the same seen from either."""

    question_id: int
    title: str
    likeness: float


@dataclass
class Differences:
    """Ids of posts of which the index has no document, an old one, or one too many."""

    missing: list[int] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)
    is_damaged: bool = False

    @property
    def post_ids(self) -> list[int]:
        return self.missing + self.stale + self.extra


class SearchIndex(Protocol):
    """An index over all posts. Reading never fails; writing may be repeated, in any order."""

    def find(
        self, text: str, *, session: Session, product: str | None = None, tag: str | None = None,
        kind: str | None = None, since: datetime | None = None, until: datetime | None = None, page: int = 1,
        size: int = 20, with_facets: bool = False, is_by_day: bool = False,
    ) -> Found:  # fmt: skip
        """The questions that answer to the text, best or newest first. No text is an error."""

    def similar(self, title: str, *, most: int = 10, is_unfinished: bool = False) -> list[Similar]:
        """Questions with a title like this one, nearest first; an unfinished title's last word may go on."""

    def apply(self, session: Session, post_ids: Sequence[int]) -> int:
        """Bring these posts and all below them in line with the database; how many documents changed."""

    def posts_of(self, account_id: int) -> list[int]:
        """Posts that the index has under this author."""

    def rebuild(self, session: Session, progress: Callable[[int], None] | None = None) -> int:
        """Make all of it anew beside the live one and exchange them; how many documents it has."""

    def ensure(self, session: Session) -> bool:
        """Rebuild if it is missing or damaged; whether it was."""

    def merge(self, is_purge: bool = False) -> int:
        """Put its parts in order beside the live ones; how many documents were rewritten. A purge also takes the words
        of deleted documents off the disk."""

    def check(self, session: Session) -> Differences:
        """What differs from the database."""

    def still_different(self, session: Session, found: Differences) -> Differences:
        """What still does of what was found."""
