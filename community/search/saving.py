"""Saved searches: kept by their owner, asked again by a job (`reporting_hits`)."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.errors import Invalid, NotFound
from community.models import FREQUENCIES, Account, SavedSearch
from community.names import clean_line
from community.search.understanding import LONGEST_QUERY, understood

MOST_SAVED = 50  # of one account
LONGEST_NAME = 120


def saved_searches(session: Session, by: Account) -> Sequence[SavedSearch]:
    """The account's own, the newest first."""
    own = select(SavedSearch).where(SavedSearch.account_id == by.id)
    return session.scalars(own.order_by(SavedSearch.created_at.desc(), SavedSearch.id.desc()).limit(MOST_SAVED)).all()


def saved_as(session: Session, by: Account, text: str) -> SavedSearch | None:
    """The account's saved search with this query."""
    query = " ".join(text.split())[:LONGEST_QUERY]
    return session.scalar(select(SavedSearch).where(SavedSearch.account_id == by.id, SavedSearch.query == query))


def save(session: Session, text: str, name: str, frequency: str, by: Account, now: datetime) -> SavedSearch:
    """Keep a search; what is posted from now on is new to it. One that is kept already gets the name and frequency.

    Raises Invalid for a query that looks for nothing, and when the account has as many as it may have.
    """
    query = " ".join(text.split())[:LONGEST_QUERY]
    if not understood(query):
        raise Invalid(_("Please type what to look for."))
    if found := saved_as(session, by, query):
        return _changed(session, found, name or found.name, frequency, now)
    if (session.scalar(select(func.count()).where(SavedSearch.account_id == by.id)) or 0) >= MOST_SAVED:
        raise Invalid(_("You have %(most)s saved searches, which is the most. Delete one first.", most=MOST_SAVED))
    made = SavedSearch(account_id=by.id, query=query, created_at=now, ran_at=now, name="", frequency="daily")
    session.add(made)
    return _changed(session, made, name or query, frequency, now)


def change(session: Session, search_id: int, name: str, frequency: str, by: Account, now: datetime) -> SavedSearch:
    """Another name or frequency. Raises NotFound unless it is the account's own."""
    found = own_search(session, search_id, by)
    return _changed(session, found, name or found.name, frequency, now)


def remove(session: Session, search_id: int, by: Account) -> SavedSearch:
    """Forget it. Raises NotFound unless it is the account's own."""
    found = own_search(session, search_id, by)
    session.delete(found)
    session.flush()
    return found


def own_search(session: Session, search_id: int, by: Account) -> SavedSearch:
    found = session.get(SavedSearch, search_id)
    if found is None or found.account_id != by.id:
        raise NotFound
    return found


def _changed(session: Session, search: SavedSearch, name: str, frequency: str, now: datetime) -> SavedSearch:
    if frequency not in FREQUENCIES:
        raise Invalid(_("Mail comes now, daily, weekly or never."))
    if search.frequency == "never" and frequency != "never":
        search.ran_at = now  # nobody wants to hear of what was posted while they did not listen
    search.name = clean_line(name)[:LONGEST_NAME] or search.query[:LONGEST_NAME]
    search.frequency = frequency
    session.flush()
    return search
