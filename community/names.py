"""Names and handles: nobody looks like somebody else, and no mark turns the line around."""

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Account

LONGEST_HANDLE = 40
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean_line(text: str) -> str:
    """One line without marks that turn the direction of reading."""
    return " ".join(TURNING.sub("", text).split())


def free_handle(session: Session, name: str) -> str:
    """A handle made of the name that no account has yet."""
    wanted = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFKC", name).casefold()).strip("-_")[:30] or "person"
    taken = set(session.scalars(select(Account.handle).where(Account.handle.startswith(wanted, autoescape=True))))
    return next(h for n in range(1, len(taken) + 2) if (h := wanted if n == 1 else f"{wanted}-{n}") not in taken)
