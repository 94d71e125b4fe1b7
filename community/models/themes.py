"""Topics as the machine finds them, and themes as people treat them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.db import Base, Key
from community.models.catalog import Product

THEME_STATUSES = ("new", "looking", "planned", "in progress", "done", "won't do")
ALERTS = ("more", "new", "leaving")
DEPARTMENTS = ("product", "service", "logistics", "sales", "marketing")


class Theme(Base):
    """One or more topics that people treat as one thing to improve."""

    __tablename__ = "theme"
    __table_args__ = (CheckConstraint("merged_into_id <> id", name="not_into_itself"),)

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(160), comment="English, by the machine until a person names it")
    name_zh: Mapped[str | None] = mapped_column(String(160))
    glossed: Mapped[str | None] = mapped_column(
        String(2), comment="en or zh: the language in which no customer named it, and the glossary did"
    )
    named_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    is_named_by_person: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(12), default="new")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id", ondelete="SET NULL"))
    is_pinned: Mapped[bool] = mapped_column(default=False, comment="stands on top of its kind in reports")
    is_ignored: Mapped[bool] = mapped_column(default=False, comment="in no report and no alert, but still there")
    department: Mapped[str | None] = mapped_column(String(12), comment="whose it is, by a rule until a person says")
    is_routed_by_person: Mapped[bool] = mapped_column(default=False)
    due_on: Mapped[date | None] = mapped_column(comment="by when its department means to have acted")
    note: Mapped[str | None] = mapped_column(comment="the company's own words: what was decided, and why")
    tracker_url: Mapped[str | None] = mapped_column(String(500), comment="http or https: its ticket outside")
    created_at: Mapped[datetime]

    topics: Mapped[list["Topic"]] = relationship(lazy="raise_on_sql", passive_deletes=True, back_populates="theme")


class Topic(Base):
    """Mentions that speak of the same thing, found by the machine, kept stable from run to run."""

    __tablename__ = "topic"

    id: Mapped[Key]
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(160))
    label_zh: Mapped[str | None] = mapped_column(String(160))
    glossed: Mapped[str | None] = mapped_column(String(2), comment="as of a theme")
    keywords: Mapped[dict[str, Any]] = mapped_column(comment="language -> words, most telling first")
    centroid: Mapped[bytes] = mapped_column(LargeBinary, comment="float32, unit length, of centred embeddings")
    threshold: Mapped[float] = mapped_column(comment="least cosine to the centroid of a new member")
    revision: Mapped[str] = mapped_column(String(32), comment="of the model whose embeddings the centroid averages")
    created_at: Mapped[datetime]
    is_talk: Mapped[bool] = mapped_column(
        default=False,
        server_default=false(),
        comment="its mentions share a tone and no matter: it takes what no other does",
    )
    archived_at: Mapped[datetime | None] = mapped_column(
        comment="a person undid the split that made it: it has no members"
    )
    quiet_since: Mapped[datetime | None] = mapped_column(
        comment="when anybody last spoke of it, more than a year ago: it keeps its members and takes no new ones"
    )

    theme: Mapped[Theme] = relationship(lazy="raise_on_sql", back_populates="topics")


class Centre(Base):
    """The mean embedding of one language, taken off before likeness is measured, so that topics cross languages.

    Rows whose language begins with ~ are directions that tell of form (mood, length), taken out too.
    """

    __tablename__ = "centre"

    id: Mapped[Key]
    revision: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))
    mean: Mapped[bytes] = mapped_column(LargeBinary, comment="float32")


def about_its_theme(context: Any) -> str:
    return f"theme:{context.get_current_parameters()['theme_id']}"


class Alert(Base):
    """From a day on more customers spoke of a theme, or of leaving, than the weeks before led to expect; or a theme is new.

    One row an episode; a theme is new once.
    """

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("kind", "about", "day"),
        Index(
            "uq_alert_one_open", "kind", "about", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(8), default="more")
    about: Mapped[str] = mapped_column(
        String(20), default=about_its_theme, comment="theme:7; of leaving product:3, or all"
    )
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), index=True)
    day: Mapped[date] = mapped_column(comment="in UTC, the first of the episode; the counts are its")
    last_day: Mapped[date] = mapped_column(comment="the latest that was beyond what was expected")
    count: Mapped[int] = mapped_column(comment="customers, when it was first seen")
    expected: Mapped[float] = mapped_column(comment="customers")
    low: Mapped[float] = mapped_column(comment="two standard deviations below")
    high: Mapped[float] = mapped_column(comment="two standard deviations above")
    is_new_accounts: Mapped[bool] = mapped_column(default=False, comment="most of them were opened the week before")
    first_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(comment="when a day was back within what was expected")

    theme: Mapped[Theme | None] = relationship(lazy="raise_on_sql")
    product: Mapped[Product | None] = relationship(lazy="raise_on_sql")
