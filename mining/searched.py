"""How searches of a period ended, from the counts of its days. Nobody is named in them, so days are the units."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.anonymity import Shown
from community.models import SearchDay
from mining.change import Sums, of_ratio
from mining.figures import HIDDEN, Entry, entry
from mining.periods import Period


def days(session: Session, since: datetime) -> list[SearchDay]:
    return list(session.scalars(select(SearchDay).where(SearchDay.day >= since.date()).order_by(SearchDay.day)))


def figures(rows: Sequence[SearchDay], periods: Sequence[Period], least: int) -> dict[int, Entry]:
    """Length of a period -> its figure. The day on which a period begins belongs to the period before.

    Of a day it is known how many people searched, not who: those of its busiest day are taken for all of a time.
    """
    shown = Shown({row.day: range(min(row.people, least)) for row in rows}, least)
    found = {}
    for one in periods:
        after, start, before = (moment.astimezone(UTC).date() for moment in (one.end, one.start, one.before))
        now = [row for row in rows if start < row.day <= after]
        old = [row for row in rows if before < row.day <= start]
        may = [shown.may_show(row.day for row in some) for some in (now, old)]
        if not now:
            found[one.days] = entry(None, "share", 0)
        elif not may[0]:
            found[one.days] = HIDDEN
        else:
            ours, theirs = (sums(some) for some in (now, old))
            is_known = may[1] and len(old) > 0
            change = of_ratio(ours, theirs, (0.0, 1.0)) if is_known else None
            found[one.days] = entry(ours.ratio, "share", None, theirs.ratio if is_known else None, change)
            found[one.days] |= {"searches": int(ours.below.sum())}
    return found


def sums(rows: Sequence[SearchDay]) -> Sums:
    return Sums(
        np.array([(row.day - date(1970, 1, 1)).days for row in rows], np.int64),
        np.array([row.solved for row in rows], np.float64),
        np.array([row.searches for row in rows], np.float64),
    )
