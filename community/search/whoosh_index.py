"""The search index of this installation: Whoosh in a folder, behind the interface that the tests of the contract know."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy.orm import Session

from community.search import merging, queries, service, suggesting
from community.search.interface import Differences, Found, SearchIndex, Similar


@dataclass(frozen=True)
class WhooshIndex:
    """An index in this folder."""

    folder: Path

    def find(
        self, text: str, *, session: Session, product: str | None = None, tag: str | None = None,
        kind: str | None = None, since: datetime | None = None, until: datetime | None = None, page: int = 1,
        size: int = 20, with_facets: bool = False, is_by_day: bool = False,
    ) -> Found:  # fmt: skip
        return queries.find(
            self.folder, text, session=session, product=product, tag=tag, kind=kind, since=since, until=until,
            page=page, size=size, with_facets=with_facets, is_by_day=is_by_day,
        )  # fmt: skip

    def similar(self, title: str, *, most: int = 10, is_unfinished: bool = False) -> list[Similar]:
        return suggesting.similar(self.folder, title, most=most, is_unfinished=is_unfinished)

    def apply(self, session: Session, post_ids: Sequence[int]) -> int:
        return service.apply(self.folder, session, post_ids)

    def posts_of(self, account_id: int) -> list[int]:
        return service.posts_of(self.folder, account_id)

    def rebuild(self, session: Session, progress: Callable[[int], None] | None = None) -> int:
        return service.rebuild(self.folder, session, progress)

    def ensure(self, session: Session) -> bool:
        return service.ensure(self.folder, session)

    def merge(self, is_purge: bool = False) -> int:
        return merging.merge_large(self.folder, is_purge)

    def check(self, session: Session) -> Differences:
        return service.check(self.folder, session)

    def still_different(self, session: Session, found: Differences) -> Differences:
        return service.still_different(self.folder, session, found)


def current_index() -> SearchIndex:
    """The index of the application that is running."""
    return WhooshIndex(Path(current_app.config["SEARCH_INDEX_DIR"]))
