"""Where a theme hurts whom: how many customers by product and channel, and by product and level of loyalty.

Beside a map stands how many customers there are in all, so those in none of its cells must be nobody or `least` too.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.insights.queries import MOST_MENTIONS
from community.models import CHANNELS, LEVELS, Mention, Product, Profile, Topic, Verbatim

NO_PRODUCT = ""
MOST_ROWS = 12  # products
SHADES = 5
People = Mapping[tuple[str, str], set[int]]  # product and word -> customers


@dataclass(frozen=True)
class HeatCell:
    """How many customers; None where that may not be shown. `shade` is 0 for nobody to SHADES for most."""

    customers: int | None
    shade: int


@dataclass(frozen=True)
class HeatMap:
    """A row for each product, the most customers first (the empty slug: no product), a column for each word."""

    columns: list[str]
    rows: list[tuple[str, list[HeatCell]]]
    is_masked: bool
    left_out: int  # products for which there was no room


@dataclass(frozen=True)
class HeatMaps:
    """Those of a theme; None where nothing of one may be shown. Of levels those who have a profile are counted."""

    by_channel: HeatMap | None
    by_level: HeatMap | None


def heat_maps(session: Session, theme_id: int, start: datetime, end: datetime, least: int) -> HeatMaps:
    """Different customers who spoke of it in the period; one statement."""
    rows = session.execute(
        select(func.coalesce(Product.slug, NO_PRODUCT), Verbatim.channel, Profile.level, Verbatim.customer_id)
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .join(Product, Product.id == Verbatim.product_id, isouter=True)
        .join(Profile, Profile.customer_id == Verbatim.customer_id, isouter=True)
        .where(Topic.theme_id == theme_id, Verbatim.said_at >= start, Verbatim.said_at < end)
        .order_by(Verbatim.said_at.desc())
        .limit(MOST_MENTIONS)
    ).all()
    by_channel: dict[tuple[str, str], set[int]] = defaultdict(set)
    by_level: dict[tuple[str, str], set[int]] = defaultdict(set)
    for product, channel, level, customer in rows:
        by_channel[product, channel].add(customer)
        if level:
            by_level[product, level].add(customer)
    everyone = {row[3] for row in rows}
    return HeatMaps(
        heat_map(by_channel, CHANNELS, everyone, least), heat_map(by_level, LEVELS, everyone, least)
    )  # fmt: skip


def heat_map(people: People, order: Sequence[str], everyone: set[int], least: int) -> HeatMap | None:
    shown = shown_cells(people, everyone, least)
    if not shown:
        return None
    products = sorted({key[0] for key in people}, key=lambda product: (product == NO_PRODUCT, -size(people, product)))
    columns = [word for word in order if any(key[1] == word for key in people)]
    most = max(len(people[key]) for key in shown)
    rows = [
        (product, [cell(people, (product, word), shown, most) for word in columns]) for product in products[:MOST_ROWS]
    ]
    return HeatMap(columns, rows, len(shown) < len(people), max(0, len(products) - MOST_ROWS))


def shown_cells(people: People, everyone: set[int], least: int) -> set[tuple[str, str]]:
    """The cells that may be shown, the largest first, so that those who are in none are nobody or `least`."""
    shown: set[tuple[str, str]] = set()
    left = set(everyone)
    for key in sorted(people, key=lambda key: (-len(people[key]), key)):
        rest = left - people[key]
        if len(people[key]) >= least and (not rest or len(rest) >= least):
            shown.add(key)
            left = rest
    return shown


def size(people: People, product: str) -> int:
    return sum(len(some) for key, some in people.items() if key[0] == product)


def cell(people: People, key: tuple[str, str], shown: set[tuple[str, str]], most: int) -> HeatCell:
    if key not in people:
        return HeatCell(0, 0)
    count = len(people[key]) if key in shown else None
    return HeatCell(count, 0 if count is None else max(1, round(SHADES * count / most)))
