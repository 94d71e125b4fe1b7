"""All quotes of a theme, newest first, as a reader filters them; page by page, one quote a customer.

A filter that fewer than `least` customers fit shows none: else it would tell who they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from community.insights.queries import Quote, quotes
from community.insights.quoting import has_words, of_theme
from community.models import CHANNELS, Mention, Product, Topic, Verbatim

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PAGE = 20
SENTIMENTS = ("negative", "neutral", "positive")
LANGUAGES = ("en", "zh-Hans", "zh-Hant", "und")
FILTERS = ("channel", "product", "sentiment", "language")


@dataclass(frozen=True)
class Chosen:
    """What a reader filters by; empty: all."""

    channel: str = ""
    product: str = ""
    sentiment: str = ""
    language: str = ""

    @classmethod
    def of(cls, wanted: Mapping[str, str]) -> "Chosen":
        """Unknown words count as none, but for products, which are looked for as they are."""
        known = {"channel": CHANNELS, "sentiment": SENTIMENTS, "language": LANGUAGES}
        found = {name: wanted.get(name, "")[:80] for name in FILTERS}
        return cls(**{name: word for name, word in found.items() if name not in known or word in known[name]})

    def fits(self) -> list[ColumnElement[bool]]:
        language = func.coalesce(Verbatim.language, "und")
        columns: dict[str, ColumnElement[str]] = {
            "channel": Verbatim.channel.expression, "product": Product.slug.expression,
            "sentiment": Mention.sentiment.expression, "language": language,
        }  # fmt: skip
        return [column == getattr(self, name) for name, column in columns.items() if getattr(self, name)]

    def words(self) -> dict[str, str]:
        """The filters that are set, as a page's address has them."""
        return {name: getattr(self, name) for name in FILTERS if getattr(self, name)}


@dataclass(frozen=True)
class QuotePage:
    """Some of the quotes, and the key of the next page; none at all if too few customers fit."""

    is_too_small: bool
    rows: list[Quote] = field(default_factory=list)
    next_key: str | None = None


def page(
    session: Session, theme_id: int, start: datetime, end: datetime, chosen: Chosen, least: int, after: str = ""
) -> QuotePage:
    """The quotes after the one whose key is `after`; each customer's newest that fits."""
    customers = said(theme_id, start, end, chosen).with_only_columns(func.count(Verbatim.customer_id.distinct()))
    if (session.scalar(customers) or 0) < least:
        return QuotePage(is_too_small=True)
    nth = func.row_number().over(
        partition_by=Verbatim.customer_id, order_by=(Verbatim.said_at.desc(), Mention.id.desc())
    )
    ranked = said(theme_id, start, end, chosen).add_columns(nth.label("nth")).subquery()
    rows = select(ranked.c.id, ranked.c.said_at).where(ranked.c.nth == 1)
    if key := key_of(after):
        at, mention_id = key
        rows = rows.where((ranked.c.said_at < at) | ((ranked.c.said_at == at) & (ranked.c.id < mention_id)))
    found = session.execute(rows.order_by(ranked.c.said_at.desc(), ranked.c.id.desc()).limit(PAGE + 1)).all()
    shown = quotes(session, [row.id for row in found[:PAGE]])
    return QuotePage(
        False, [shown[row.id] for row in found[:PAGE] if row.id in shown and has_words(shown[row.id])],
        written(found[PAGE - 1].said_at, found[PAGE - 1].id) if len(found) > PAGE else None,
    )  # fmt: skip


def said(theme_id: int, start: datetime, end: datetime, chosen: Chosen) -> Select[tuple[int, datetime]]:
    """The mentions of the theme that fit, long enough to be quoted."""
    return (
        select(Mention.id, Verbatim.said_at)
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .join(Product, Product.id == Verbatim.product_id, isouter=True)
        .where(*of_theme(theme_id, start, end), *chosen.fits())
    )


def written(at: datetime, mention_id: int) -> str:
    """The key of a quote, as an address has it."""
    return f"{(at - EPOCH) // timedelta(microseconds=1)}-{mention_id}"


def key_of(after: str) -> tuple[datetime, int] | None:
    """The moment and the mention of a key; None if it is none."""
    at, _, mention_id = after.partition("-")
    if not (at.isdecimal() and mention_id.isdecimal() and len(at) < 17 and len(mention_id) < 19):
        return None
    return EPOCH + timedelta(microseconds=int(at)), int(mention_id)
