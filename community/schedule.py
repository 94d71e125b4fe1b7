"""The community's own jobs, run by the worker: one table of name, how often, function.

Each is called inside an application context, opens and commits its own units of work, and says what it did as counts;
nothing done, no counts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from community import drafts, mail_imap, reputation, sweeping
from community.complaints.chores import tend
from community.insights.chores import route_themes
from community.mail_delivery import deliver_mail
from community.mail_inbox import read_inbox
from community.moderation.bursts import set_bursts_aside
from community.moderation.hiding import end_deletions
from community.moderation.sanctions import end_suspensions
from community.notifications.badge_mail import mail_badges
from community.notifications.digests import send_digests
from community.notifications.housekeeping import tidy as tidy_mail
from community.outcomes.chores import note_questions
from community.search import chores
from community.search.reporting_hits import run_saved_searches


@dataclass(frozen=True)
class Chore:
    """A job by its name: every so many seconds, or once a day at an hour and minute (UTC)."""

    name: str
    work: Callable[[], dict[str, Any]]
    seconds: int | None = None
    at: tuple[int, int] | None = None


CHORES: tuple[Chore, ...] = (
    Chore("mail", deliver_mail, seconds=3),
    Chore("inbox", read_inbox, seconds=30),
    Chore("mailbox", mail_imap.fetch, seconds=60),
    Chore("cases", tend, seconds=60),
    Chore("badge mail", mail_badges, seconds=55),
    Chore("bursts", set_bursts_aside, seconds=300),
    Chore("routing", route_themes, seconds=300),
    Chore("outcome notes", note_questions, seconds=300),
    Chore("sanctions", end_suspensions, seconds=60),
    Chore("digest", send_digests, at=(7, 0)),
    Chore("old mail", tidy_mail, at=(4, 20)),
    Chore("index merge", chores.merge, seconds=3600),
    Chore("index purge", chores.purge, at=(3, 50)),
    Chore("saved searches", run_saved_searches, seconds=600),
    Chore("drafts", drafts.tidy, at=(4, 30)),
    Chore("old deletions", end_deletions, at=(4, 35)),
    Chore("images", sweeping.sweep, at=(4, 40)),
    Chore("reputation", reputation.recount_nightly, at=(4, 50)),
)
