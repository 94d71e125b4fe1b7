"""Who is called by an @handle in a text: outside of code, whatever its case, in any script."""

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Account
from community.names import LONGEST_HANDLE
from community.web.markdown import mentioned

MOST_CALLED = 10  # people of one post
MOST_LOOKED_AT = 30  # words after an @ in one post
WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")  # Chinese, Japanese


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


def possible_handles(run: str) -> list[str]:
    """The handles that may be meant, longest first: Chinese goes on behind a name without a space."""
    run = unicodedata.normalize("NFKC", run).casefold()[:LONGEST_HANDLE]
    ends = [at for at in range(len(run), 0, -1) if at == len(run) or _may_end(run, at)]
    return list(dict.fromkeys(end for at in ends if (end := run[:at].rstrip("-_"))))


def _may_end(run: str, at: int) -> bool:
    """Whether a name may end before this letter: beside a script without spaces."""
    return bool(WITHOUT_SPACES.match(run[at - 1]) or WITHOUT_SPACES.match(run[at]))
