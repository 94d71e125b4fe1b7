"""The demo's invented fix: a manager acted on one story, told those who raised it, and the machine measures it.

It needs themes, so it follows the first mining of the demo. Its texts stand in exchange/demo/fix.json.
"""

import json
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.exchange import demo_community
from community.insights import acting, routing
from community.insights import service as themes
from community.models import Account, Complaint, Mention, Outcome, Post, RoutingRule, Theme, Topic, Verbatim
from community.outcomes import service

IS_OF_STORY = 0.6  # of a theme's mentions
LEAST = 10  # mentions


def act(session: Session, now: datetime) -> str:
    """What was done, in words; empty when there is nothing to do."""
    fix = demo_community.fix()
    manager = session.scalar(select(Account).where(Account.external_id == f"demo:{fix['by']}"))
    of_story = themes_of(session, fix["story"])
    if manager is None or not of_story or session.scalar(select(Outcome.id).limit(1)):
        return ""
    if session.scalar(select(RoutingRule.id).limit(1)) is None:
        for rule in fix["rules"]:
            words, intent = ", ".join(rule["words"]), rule.get("intent", "")
            routing.save_rule(session, None, words, None, intent, "", rule["department"], manager, now)
    main, *others = of_story
    for theme in others:
        themes.merge(session, theme, main, manager, now - timedelta(days=fix["done_day"] + 4))
    done_at = now - timedelta(days=fix["done_day"])
    acting.set_department(session, main, fix["department"], manager, done_at - timedelta(days=4))
    themes.set_owner(session, main, manager, manager, done_at - timedelta(days=4))
    acting.set_due(session, main, done_at.date(), manager, done_at - timedelta(days=3))
    acting.set_tracker(session, main, fix["tracker_url"], manager, done_at - timedelta(days=3))
    acting.set_note(session, main, fix["note"], manager, done_at)
    themes.set_status(session, main, "done", manager, done_at)
    published_at = now - timedelta(days=fix["published_day"])
    draft = service.save(session, main, fix, done_at.date(), manager, published_at)
    service.publish(session, draft, manager, published_at)
    routing.apply(session)
    return f"“{main.name}” is done, {sum((draft.counted or {})['told'].values())} customers hear of it"


def themes_of(session: Session, story: str) -> list[Theme]:
    """The themes that mostly tell the story, the largest first."""
    stories = json.loads((demo_community.FILES / "stories.json").read_text(encoding="utf-8"))
    texts = {f"demo:{key}" for key in stories[story]["texts"]}
    rows = session.execute(
        select(Topic.theme_id, func.coalesce(Post.external_id, Complaint.external_id), func.count())
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .join(Post, Post.id == Verbatim.post_id, isouter=True)
        .join(Complaint, Complaint.id == Verbatim.complaint_id, isouter=True)
        .group_by(Topic.theme_id, func.coalesce(Post.external_id, Complaint.external_id))
    )
    inside, total = Counter[int](), Counter[int]()
    for theme_id, text, count in rows:
        total[theme_id] += count
        inside[theme_id] += count if text in texts else 0
    chosen = [key for key, count in inside.most_common() if count >= LEAST and count >= IS_OF_STORY * total[key]]
    return [session.get_one(Theme, key) for key in chosen]
