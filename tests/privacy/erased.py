"""Erasing, and whether anything is found afterwards."""

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.db import Base, writing
from community.models import (
    Account,
)
from community.privacy import service
from community.reactions import deliver_pending
from community.search import queries as search
from tests.conftest import NOW


def deliver(session: Session) -> None:
    session.rollback()
    while deliver_pending():
        pass


def erase(session: Session, person: Account, keep_posts: bool = False) -> None:
    session.rollback()
    with writing():
        service.erase(session, person, keep_posts, NOW)
        session.commit()


def count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def is_found(app: Flask, session: Session, word: str) -> bool:
    return bool(search.find(app.config["SEARCH_INDEX_DIR"], word, session=session).hits)
