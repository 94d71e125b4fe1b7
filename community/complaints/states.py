"""The states of a case, and what leads from one to the next: one table, without a database. Decision 0013."""

from typing import Any

from flask_babel import gettext as _

from community.errors import Invalid
from community.models import STATUSES, UNRESOLVED

BY_HAND: dict[str, tuple[str, ...]] = {  # nobody makes a case new again, and only the customer reopens one
    "new": ("open", "waiting", "resolved", "closed"),
    "open": ("waiting", "resolved", "closed"),
    "waiting": ("open", "resolved", "closed"),
    "reopened": ("open", "waiting", "resolved", "closed"),
    "resolved": ("open", "closed"),
    "closed": ("open",),
}
HEARD = {  # what a turn of the customer makes of each
    "new": "new", "open": "open", "waiting": "open", "reopened": "reopened", "resolved": "reopened",
    "closed": "reopened",
}  # fmt: skip
AFTER_REPLY = ("waiting", "open", "resolved")  # what an agent may send a reply with


def moved(before: str, after: str) -> str:
    """The state that an agent wants. Raises Invalid when no way leads there."""
    if after not in STATUSES:
        raise Invalid(_("There is no such status."))
    if after != before and after not in BY_HAND[before]:
        raise Invalid(_("A case cannot be set to this status from the one it has."))
    return after


def replied(before: str, after: str) -> str:
    """The state behind a reply of the company: who writes behind the end does not open the case again."""
    if after not in AFTER_REPLY:
        raise Invalid(_("There is no such status."))
    return before if before in ("resolved", "closed") and after == "waiting" else after


def is_unresolved(status: str) -> bool:
    return status in UNRESOLVED


def replay(changes: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    """The state to which the log leads: each row's `before` must be what the rows above it left."""
    state: dict[str, Any] = {}
    for before, after in changes:
        wrong = {name for name in before.keys() & state.keys() if before[name] != state[name]}
        if wrong:
            raise ValueError(f"the log does not follow from itself: {sorted(wrong)}")
        state |= after
    return state
