"""Who is called by an @handle in a text: outside of code, whatever its case, in any script."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Account
from community.names import possible_handles
from community.web.markdown import mentioned

MOST_CALLED = 10  # people of one post
MOST_LOOKED_AT = 30  # words after an @ in one post


def called(session: Session, body: str) -> list[int]:
    """The accounts that a Markdown text calls by @handle, in order, at most MOST_CALLED."""
    runs = mentioned(body)[:MOST_LOOKED_AT] if "@" in body else []
    wanted = {handle for run in runs for handle in possible_handles(run)}
    if not wanted:
        return []
    rows = session.execute(select(Account.handle, Account.id).where(Account.handle.in_(wanted))).tuples()
    known = dict(rows.all())
    found = (next((known[one] for one in possible_handles(run) if one in known), None) for run in runs)
    return list(dict.fromkeys(account_id for account_id in found if account_id))[:MOST_CALLED]
