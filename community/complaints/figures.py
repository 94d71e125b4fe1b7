"""How well complaints are answered: percentiles with those still waiting counted, what came back, what people say."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from community.models import Account, Answer, Complaint, Question, Rating, Role, account_role
from community.survival import Curve, curve

PERIODS = (7, 30, 90, 365)  # days
MOST = 20_000  # cases of a period that are looked at, the newest
WIDTH, HEIGHT = 600, 160  # of a chart


@dataclass(frozen=True)
class Line:
    """One measure: its curve, its percentiles in seconds, and the curve as points of a chart."""

    curve: Curve
    half: float | None
    most: float | None  # nine of ten
    points: str
    span: float  # seconds, the width of the chart


@dataclass(frozen=True)
class Figures:
    """Of the cases that were opened in the period."""

    cases: int
    first_reply: Line
    resolution: Line
    reopened: int
    ever_resolved: int
    solved_by_members: int
    scores: dict[int, int]
    asked: int

    @property
    def rated(self) -> int:
        return sum(self.scores.values())

    @property
    def self_service(self) -> float | None:
        """Of what people came with, the share that other members solved in public."""
        both = self.solved_by_members + self.cases
        return self.solved_by_members / both if both else None


def figures(session: Session, days: int, now: datetime) -> Figures:
    """Four statements."""
    since = now - timedelta(days=days)
    rows = session.execute(
        select(Complaint.created_at, Complaint.first_replied_at, Complaint.resolved_at, Complaint.reopened_count)
        .where(Complaint.created_at >= since, Complaint.created_at <= now, Complaint.merged_into_id.is_(None))
        .order_by(Complaint.id.desc())
        .limit(MOST)
    ).all()
    replies = [wait(opened, replied, resolved or now) for opened, replied, resolved, _ in rows]
    ends = [wait(opened, resolved, now) for opened, _, resolved, _ in rows]
    scores = dict(
        session.execute(
            select(Rating.score, func.count())
            .where(Rating.asked_at >= since, Rating.score.is_not(None))
            .group_by(Rating.score)
        )
        .tuples()
        .all()
    )
    return Figures(
        cases=len(rows), first_reply=line(replies), resolution=line(ends),
        reopened=sum(count > 0 for *_, count in rows),
        ever_resolved=sum(bool(resolved) or count > 0 for _, _, resolved, count in rows),
        solved_by_members=solved_by_members(session, since, now),
        scores={score: int(scores.get(score, 0)) for score in range(1, 6)},
        asked=session.scalar(select(func.count()).where(Rating.asked_at >= since)) or 0,
    )  # fmt: skip


def wait(opened: datetime, over: datetime | None, until: datetime) -> tuple[float, bool]:
    """How long it took, or how long it lasts by now; what was resolved without a reply waited until then."""
    return ((over or until) - opened).total_seconds(), over is not None


def solved_by_members(session: Session, since: datetime, now: datetime) -> int:
    """Questions of the period that were solved by somebody who does not work here."""
    of_staff = (
        select(account_role.c.account_id)
        .join(Role, Role.id == account_role.c.role_id)
        .where(account_role.c.account_id == Account.id, Role.name != "customer")
    )
    given = aliased(Answer)  # questions and answers are rows of one table
    by_member = (
        select(given.id)
        .join(Account, Account.id == given.author_id)
        .where(given.question_id == Question.id, given.accepted_at.is_not(None), ~exists(of_staff))
    )
    counted = select(func.count(Question.id)).where(
        Question.created_at >= since, Question.created_at <= now, Question.deleted_at.is_(None),
        Question.solved_at.is_not(None), exists(by_member),
    )  # fmt: skip
    return session.scalar(counted) or 0


def line(waits: list[tuple[float, bool]]) -> Line:
    found = curve(waits)
    half, most = found.percentile(0.5), found.percentile(0.9)
    last = found.steps[-1][0] if found.steps else 0.0
    span = max(min(last, 4 * (most or last)), 3600.0)
    return Line(found, half, most, points(found, span), span)


def points(found: Curve, span: float) -> str:
    """The curve as a staircase in a chart of WIDTH by HEIGHT."""
    corners, height = [(0.0, 0.0)], 0.0
    for seconds, share in found.steps:
        if seconds > span:
            break
        corners += [(seconds, height), (seconds, share)]
        height = share
    corners.append((span, height))
    return " ".join(f"{WIDTH * x / span:.1f},{HEIGHT * (1 - y):.1f}" for x, y in corners)
