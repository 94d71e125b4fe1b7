"""Reads of insights: stored reports with their quotes as they stand now, and one theme in detail."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, selectinload

from community.anonymity import masked, masked_by_people
from community.errors import NotFound
from community.masking import mask, mask_name
from community.models import (
    Answer,
    Customer,
    Mention,
    Post,
    Product,
    Profile,
    Report,
    Theme,
    Topic,
    Verbatim,
)  # fmt: skip

USUAL_DAYS = 30
MOST_MENTIONS = 20_000  # of one theme, read for its chart
HIDDEN = "hidden"  # moods that would tell of too few customers


@dataclass(frozen=True)
class Quote:
    """A mention as a reader of insights may see it: personal data masked, a private text without a link."""

    mention_id: int
    text: str
    sentiment: str
    score: float
    intent: str
    channel: str
    language: str
    said_at: datetime
    question_id: int | None
    post_id: int | None
    is_private: bool
    customer_id: int


def latest_report(session: Session) -> Report | None:
    """The newest of those that are renewed, of the usual length if there is one."""
    is_usual = case((Report.days == USUAL_DAYS, 0), else_=1)
    rows = select(Report).where(Report.kind == "rolling").order_by(is_usual, Report.ends_at.desc(), Report.id.desc())
    return session.scalar(rows.limit(1))


def until(session: Session, now: datetime) -> datetime:
    """When the periods of all pages end: as the latest report does.

    Two pages that ended apart would give away, as their difference, the few who spoke in between.
    """
    rows = select(func.max(Report.ends_at)).where(Report.kind == "rolling", Report.days == USUAL_DAYS)
    return min(now, session.scalar(rows) or now)


@dataclass(frozen=True)
class Listed:
    """A report in a list: without what it says, which is long."""

    id: int
    kind: str
    product_id: int | None
    department: str | None
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    totals: dict[str, Any]
    least: int
    zone: str | None


def listed_reports(session: Session, kind: str | None, after: int | None, most: int) -> list[Listed]:
    """The newest first; `after` the one of this id."""
    said = Report.content
    totals = said["totals"], said["least_customers"].as_integer(), said["zone"].as_string()
    columns = (
        Report.id,
        Report.kind,
        Report.product_id,
        Report.department,
        Report.starts_at,
        Report.ends_at,
        Report.created_at,
    )
    rows = select(*columns, *totals).order_by(Report.id.desc()).limit(most)
    if kind is not None:
        rows = rows.where(Report.kind == kind)
    if after is not None:
        rows = rows.where(Report.id < after)
    return [Listed(*row) for row in session.execute(rows)]


def products_by_id(session: Session) -> dict[int, Product]:
    return {row.id: row for row in session.scalars(select(Product).limit(500))}


def report(session: Session, report_id: int) -> Report:
    found = session.get(Report, report_id)
    if found is None:
        raise NotFound
    return found


def quotes(session: Session, mention_ids: list[int]) -> dict[int, Quote]:
    """Mention id -> quote, for those whose text still exists."""
    question_id = func.coalesce(Answer.__table__.c.question_id, Post.id)
    rows = session.execute(
        select(Mention, Verbatim, question_id, Customer.name)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Customer, Customer.id == Verbatim.customer_id)
        .join(Post, Post.id == Verbatim.post_id, isouter=True)
        .where(Mention.id.in_(mention_ids))
    )
    return {mention.id: as_quote(mention, verbatim, asked, name) for mention, verbatim, asked, name in rows}


def as_quote(mention: Mention, verbatim: Verbatim, question_id: int | None, name: str) -> Quote:
    """Of a private text the writer's own name is covered too."""
    text = mask(verbatim.text[mention.start : mention.end])
    return Quote(
        mention.id, mask_name(text, name) if verbatim.is_private else text, mention.sentiment, mention.score, mention.intent,
        verbatim.channel, verbatim.language or "und", verbatim.said_at,
        None if verbatim.is_private else question_id, None if verbatim.is_private else verbatim.post_id,
        verbatim.is_private, verbatim.customer_id,
    )  # fmt: skip


def quotes_of_report(session: Session, content: dict[str, Any]) -> dict[int, Quote]:
    wanted = [key for theme in content["themes"].values() for key in theme.get("quotes", [])]
    found: dict[int, Quote] = {}
    for start in range(0, len(wanted), 500):
        found |= quotes(session, wanted[start : start + 500])
    return found


def marked_themes(session: Session) -> tuple[set[int], set[int]]:
    """Ids of the themes that are pinned now, and of those ignored now, whatever a stored report says."""
    rows = session.execute(
        select(Theme.id, Theme.is_pinned, Theme.is_ignored).where(Theme.is_pinned | Theme.is_ignored)
    )
    marked = rows.all()
    return {row.id for row in marked if row.is_pinned}, {row.id for row in marked if row.is_ignored}


def product_names(session: Session) -> dict[str, Product]:
    return {row.slug: row for row in session.scalars(select(Product).limit(500))}


@dataclass
class ThemeDetail:
    """A theme as its page shows it. Groups of fewer than `least` customers are not in the counters."""

    theme: Theme
    customers: int
    mentions: int
    by_day: dict[date, dict[str, int]]
    by_week: dict[date, dict[str, int]]  # by the week's first day
    sentiments: Counter[str]
    intents: Counter[str]
    languages: Counter[str]
    channels: Counter[str]
    products: Counter[str]
    levels: Counter[str]
    is_too_small: bool


def theme(session: Session, theme_id: int) -> Theme:
    """Raises NotFound. A merged theme leads to the one that it was merged into (ten steps at most)."""
    for _ in range(10):
        found = session.scalar(select(Theme).where(Theme.id == theme_id).options(selectinload(Theme.topics)))
        if found is None:
            break
        if found.merged_into_id is None:
            return found
        theme_id = found.merged_into_id
    raise NotFound


def theme_detail(session: Session, theme_id: int, start: datetime, end: datetime, least: int) -> ThemeDetail:
    """What its mentions in the period say. Raises NotFound."""
    found = theme(session, theme_id)
    rows = session.execute(
        select(
            Mention.sentiment, Mention.intent, Verbatim.language, Verbatim.channel, Product.slug, Verbatim.said_at,
            Verbatim.customer_id, Profile.level,
        )
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .join(Product, Product.id == Verbatim.product_id, isouter=True)
        .join(Profile, Profile.customer_id == Verbatim.customer_id, isouter=True)
        .where(Topic.theme_id == found.id, Verbatim.said_at >= start, Verbatim.said_at < end)
        .order_by(Verbatim.said_at.desc())
        .limit(MOST_MENTIONS)
    ).all()  # fmt: skip
    customers = {row.customer_id for row in rows}
    is_too_small = len(customers) < least
    shown = [] if is_too_small else rows
    first = start.date() + timedelta(days=1)
    return ThemeDetail(
        theme=found, customers=len(customers), mentions=len(shown), is_too_small=is_too_small,
        by_day=by_time(shown, first, 1, least), by_week=by_time(shown, first, 7, least),
        sentiments=large_groups(shown, "sentiment", least), intents=large_groups(shown, "intent", least),
        languages=large_groups(shown, "language", least), channels=large_groups(shown, "channel", least),
        products=large_groups(shown, "slug", least), levels=large_groups(shown, "level", least),
    )  # fmt: skip


def by_time(rows: Any, first: date, step_days: int, least: int) -> dict[date, dict[str, int]]:
    """Sentiments by steps of days from `first` on, by the step's first day; none that tells of fewer than `least`.

    The moods of a step that may not be told are one, HIDDEN.
    """
    steps: dict[date, list[Any]] = defaultdict(list)
    for row in rows:
        begins = first + timedelta(days=max(0, (row.said_at.date() - first).days) // step_days * step_days)
        steps[begins].append(row)
    cells = {begins: (len(said), len({row.customer_id for row in said})) for begins, said in sorted(steps.items())}
    shown = [begins for begins, count in masked(cells, least).items() if count is not None]
    return {begins: with_rest(large_groups(steps[begins], "sentiment", least), len(steps[begins])) for begins in shown}


def with_rest(moods: Counter[str], total: int) -> dict[str, int]:
    rest = total - moods.total()
    return {**moods, HIDDEN: rest} if rest else dict(moods)


def large_groups(rows: Any, name: str, least: int) -> Counter[str]:
    """Counts by the column's values, without those that would tell of fewer than `least` customers beside the sum."""
    people: dict[str | None, set[int]] = defaultdict(set)
    counts: Counter[str | None] = Counter()
    for row in rows:
        value = getattr(row, name)
        people[value].add(row.customer_id)
        counts[value] += 1
    cells = {value: (count, people[value]) for value, count in counts.items() if value is not None}
    shown = masked_by_people(cells, least, people[None])
    return Counter({value: count for value, count in shown.items() if count})


def other_themes(session: Session, theme_id: int, most: int = 300) -> list[Theme]:
    """Themes that it could be merged into, by name."""
    rows = select(Theme).where(Theme.id != theme_id, Theme.merged_into_id.is_(None)).order_by(Theme.name).limit(most)
    return list(session.scalars(rows))


def living_topics(session: Session, theme_id: int) -> list[Topic]:
    """The topics that it is made of, the oldest first."""
    rows = select(Topic).where(Topic.theme_id == theme_id, Topic.archived_at.is_(None)).order_by(Topic.id).limit(100)
    return list(session.scalars(rows))


def theme_of_mention(session: Session, mention: Mention) -> Theme | None:
    if mention.topic_id is None:
        return None
    return session.scalar(select(Theme).join(Topic, Topic.theme_id == Theme.id).where(Topic.id == mention.topic_id))
