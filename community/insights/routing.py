"""Which department a theme is for: ordered rules that managers edit, asked for every theme that no person routed.

What a theme is called and its keywords come from the tables; its kind, products and channels from the latest report,
so that a rule costs no look at the mentions. A theme that no report shows is routed by its words alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, selectinload

from community.errors import Conflict, Invalid
from community.insights.corrections import require_editor, take_turn
from community.insights.queries import latest_report
from community.models import CHANNELS, DEPARTMENTS, Account, Product, RoutingRule, Theme, Topic

INTENTS = ("problem", "suggestion", "praise", "question")
MOST_RULES = 50
MOST_WORDS = 30  # of one rule
LONGEST_WORD = 60
MOST_THEMES = 2_000
KEYWORDS = 5  # of a topic and language, the most telling: those that the theme's page shows
MOSTLY = 0.5  # of the mentions: then a theme is of that product or channel


@dataclass(frozen=True)
class Traits:
    """What rules look at."""

    text: str  # folded: its names and keywords, in all languages
    intent: str | None = None
    products: frozenset[str] = field(default_factory=frozenset)  # slugs
    channels: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Routed:
    """One theme as the preview shows it: what it is now, and what the rules say."""

    theme: Theme
    rule: RoutingRule | None

    @property
    def department(self) -> str | None:
        return self.rule.department if self.rule else None

    @property
    def is_change(self) -> bool:
        return not self.theme.is_routed_by_person and self.department != self.theme.department


def rules(session: Session) -> list[RoutingRule]:
    """In the order in which they are asked."""
    return list(session.scalars(select(RoutingRule).order_by(RoutingRule.place, RoutingRule.id).limit(MOST_RULES)))


def fits(rule: RoutingRule, traits: Traits, slugs: Mapping[int, str]) -> bool:
    """Whether all that the rule names is so; of its words one is enough."""
    if rule.words and not any(has_word(traits.text, word) for word in rule.words):
        return False
    if rule.product_id is not None and slugs.get(rule.product_id) not in traits.products:
        return False
    if rule.intent and rule.intent != traits.intent:
        return False
    return not rule.channel or rule.channel in traits.channels


def has_word(text: str, word: str) -> bool:
    """Whether the folded text has it: as a whole word, or anywhere in Chinese, where nothing stands between words."""
    word = word.casefold()
    if not word.isascii():
        return word in text
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None


def traits_of(theme: Theme, entry: Mapping[str, Any] | None) -> Traits:
    """`entry`: the theme in the latest report, if it is there."""
    words = [theme.name, theme.name_zh or ""]
    for topic in theme.topics:
        if topic.archived_at is None:
            words += [
                topic.label,
                topic.label_zh or "",
                *(word for some in topic.keywords.values() for word in some[:KEYWORDS]),
            ]
    entry = entry or {}
    mentions = entry.get("now", {}).get("mentions", 0)

    def mostly(name: str) -> frozenset[str]:
        return frozenset(key for key, count in entry.get(name, {}).items() if count >= MOSTLY * mentions)

    return Traits(" \n ".join(words).casefold(), entry.get("kind"), mostly("products"), mostly("channels"))


def routed(session: Session) -> list[Routed]:
    """Every living theme with the first rule that fits it; six statements, however many there are."""
    report = latest_report(session)
    entries = report.content["themes"] if report else {}
    slugs = {row.id: row.slug for row in session.execute(select(Product.id, Product.slug))}
    asked = rules(session)
    living = (
        select(Theme)
        .where(Theme.merged_into_id.is_(None))
        .options(selectinload(Theme.topics).load_only(Topic.label, Topic.label_zh, Topic.keywords, Topic.archived_at))
        .order_by(Theme.id.desc())
        .limit(MOST_THEMES)
    )
    found = []
    for theme in session.scalars(living):
        traits = traits_of(theme, entries.get(str(theme.id)))
        found.append(Routed(theme, next((rule for rule in asked if fits(rule, traits, slugs)), None)))
    return found


def apply(session: Session) -> int:
    """Route every theme that no person routed; how many changed their department."""
    changed = [one for one in routed(session) if one.is_change]
    for one in changed:
        session.execute(
            update(Theme)
            .where(Theme.id == one.theme.id, Theme.is_routed_by_person.is_(False))
            .values(department=one.department)
        )
    return len(changed)


def save_rule(
    session: Session, rule: RoutingRule | None, words: str, product: Product | None, intent: str, channel: str,
    department: str, by: Account, now: datetime,
) -> RoutingRule:  # fmt: skip
    """Add a rule at the end, or change one. Raises NotAllowed, Invalid."""
    require_editor(by)
    take_turn(session)
    found = checked_words(words)
    if department not in DEPARTMENTS:
        raise Invalid(_("There is no such department."))
    if (intent and intent not in INTENTS) or (channel and channel not in CHANNELS):
        raise Invalid(_("Choose one of the answers."))
    if not (found or product or intent or channel):
        raise Invalid(_("Say which themes the rule is for."))
    if rule is None:
        count, last = session.execute(select(func.count(RoutingRule.id), func.max(RoutingRule.place))).one()
        if count >= MOST_RULES:
            raise Invalid(_("There are at most %(most)s rules.", most=MOST_RULES))
        rule = RoutingRule(place=(last or 0) + 1)
        session.add(rule)
    rule.words, rule.product_id, rule.department = found, product.id if product else None, department
    rule.intent, rule.channel, rule.changed_at = intent or None, channel or None, now
    session.flush()
    return rule


def checked_words(text: str) -> list[str]:
    """Each once, as they were written. Raises Invalid."""
    words = [" ".join(word.split()) for word in re.split(r"[,，、;；\n]", text.replace("\0", ""))]
    found = list({word.casefold(): word for word in words if word}.values())
    if len(found) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in found):
        raise Invalid(_("A rule has at most %(most)s words.", most=MOST_WORDS))
    return found


def raise_rule(session: Session, rule: RoutingRule, by: Account) -> None:
    """Ask it one place earlier. Raises NotAllowed."""
    require_editor(by)
    take_turn(session)
    ordered = rules(session)
    place = next((n for n, one in enumerate(ordered) if one.id == rule.id), 0)
    if place:
        ordered[place - 1], ordered[place] = ordered[place], ordered[place - 1]
    for number, one in enumerate(ordered, 1):
        one.place = number
    session.flush()


def drop_rule(session: Session, rule: RoutingRule, by: Account) -> None:
    """Raises NotAllowed, and Conflict when it is gone already."""
    require_editor(by)
    take_turn(session)
    if session.execute(delete(RoutingRule).where(RoutingRule.id == rule.id).returning(RoutingRule.id)).first() is None:
        raise Conflict(_("This rule is gone already."))
