"""Public pages of people: profiles, who helps most, badges. One's own pages stand in `own_views`."""

from datetime import UTC, datetime

from flask import current_app, render_template, request
from flask_security import current_user

from community import badges, crediting, reputation
from community.db import db
from community.errors import NotFound
from community.models import Account
from community.people import byline, commands, own_views, queries
from community.people.blueprint import people
from community.trust import THRESHOLDS, links_and_images
from community.web.urls import parse_key

__all__ = ["byline", "commands", "own_views", "people"]

DEEDS = ("solved", "questions", "answers")


@people.get("/people")
def listed() -> str:
    now = datetime.now(UTC)
    return render_template(
        "people/list.html",
        month=queries.top_helpers(db.session(), now),
        all_time=queries.most_reputed(db.session()),
    )


@people.get("/people/<handle>")
def show(handle: str) -> str:
    account = queries.person_of(db.session(), handle)
    is_own = current_user.is_authenticated and current_user.id == account.id
    may_see_progress = is_own or getattr(current_user, "is_staff", False)
    counts = queries.deed_counts(db.session(), account)
    deeds = request.args.get("tab") or next((name for name in DEEDS if counts[name]), DEEDS[0])
    return render_template(
        "people/show.html", account=account, is_own=is_own, counts=counts, deeds=deeds, page=deeds_of(account, deeds),
        awards=queries.awards_of(db.session(), account),
        progress=queries.progress(db.session(), account, datetime.now(UTC)) if may_see_progress else None,
        thresholds=THRESHOLDS, limits=current_app.config,
        is_hidden=account.trust == "newcomer" and links_and_images(account.about) != (0, 0),
    )  # fmt: skip


def deeds_of(account: Account, name: str) -> queries.Page:
    """One page of what the account did. Raises NotFound for a tab that there is not."""
    after = parse_key(request.args.get("after"))
    if name not in DEEDS:
        raise NotFound
    if name == "questions":
        return queries.questions_of(db.session(), account, after)
    return queries.answers_of(db.session(), account, after, only_solutions=name == "solved")


@people.get("/badges")
def all_badges() -> str:
    own = queries.awards_of(db.session(), current_user) if current_user.is_authenticated else []
    return render_template(
        "people/badges.html", groups=badges.GROUPS, badges=badges.ALL, counts=queries.badge_counts(db.session()),
        holders=queries.latest_holders(db.session()), own={award.badge for award in own}, points=reputation,
        crediting=crediting, thresholds=THRESHOLDS, limits=current_app.config,
    )  # fmt: skip


@people.get("/badges/<badge_key>")
def badge(badge_key: str) -> str:
    known = badges.BADGES.get(badge_key)
    if known is None:
        raise NotFound
    page = queries.holders(db.session(), badge_key, parse_key(request.args.get("after")))
    count = queries.badge_counts(db.session()).get(badge_key, 0)
    return render_template("people/badge.html", badge=known, page=page, count=count)
