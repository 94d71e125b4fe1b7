"""The queue for moderators: list, item, decisions, undo. Flagging and the pages for everybody stand beside it."""

from datetime import UTC, datetime

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_security import current_user
from werkzeug.wrappers import Response

from community.db import db
from community.errors import Conflict, DomainError
from community.models import ALIKE, ITEMS, LogEntry, QueueItem
from community.moderation import (
    appeals,
    deciding,
    flag_views,
    log,
    own_reasons,
    people_views,
    public_views,
    queries,
    queue,
    reason_views,
    reasons,
    spam,
)
from community.moderation.blueprint import moderation
from community.web.access import MODERATORS, roles_only
from community.web.caching import for_a_while
from community.web.languages import when_rendered
from community.web.urls import parse_key, parse_number_key, same_site

__all__ = ["flag_views", "moderation", "people_views", "public_views", "reason_views"]

MOST_AT_ONCE = 100  # items decided together

for name in ("action_name", "outcome_name", "signal_name"):
    moderation.add_app_template_filter(when_rendered(getattr(reasons, name)), name)
moderation.add_app_template_filter(when_rendered(own_reasons.reason_name), "reason_name")


def now() -> datetime:
    return datetime.now(UTC)


@moderation.app_template_global("waiting_items")
def waiting_items() -> str:
    """For the navigation: "" for none, "7", "99+", as of half a minute ago."""
    if "waiting_items" not in g:
        seconds = current_app.config["COUNTS_SECONDS"]
        g.waiting_items = for_a_while("waiting items", seconds, lambda: queries.waiting_count(db.session()))
    return str(g.waiting_items)


@moderation.get("/moderation")
@roles_only(*MODERATORS)
def listed() -> str:
    state, kind = request.args.get("state") or "waiting", request.args.get("kind") or None
    after = (parse_key if state == "decided" else parse_number_key)(request.args.get("after"))
    page = queries.listed(db.session(), state, kind, current_user, now(), after)
    return render_template(
        "moderation/list.html", page=page, state=state, kind=kind, counts=queries.counts(db.session()),
        kinds={name: reasons.KINDS[name] for name in ITEMS}, choices=choices_of(kind), reasons=own_reasons.choices(db.session()),
        now=now(), appealed=appeals.appealed(db.session(), page.rows),
    )  # fmt: skip


def choices_of(kind: str | None) -> dict[str, str]:
    """The decisions that may be taken about items of this kind, or of any."""
    kinds = [kind] if kind else ["flag", "held"]
    return {name: text for one in kinds for name, text in reasons.CHOICES[one].items()}


@moderation.get("/moderation/items/<int:item_id>")
@roles_only(*MODERATORS)
def show(item_id: int) -> str:
    return item_page(queries.item(db.session(), item_id))


def item_page(item: QueueItem, note: str = "") -> str:
    session = db.session()
    return render_template(
        "moderation/item.html", item=item, people=queries.people_of(session, item), flags=queries.flags_of(session, item.id), note=note,
        titles=queries.titles(session, [item.post] if item.post else []), log=queries.entries_of(session, item), edited=words_of(item),
        record=queries.record_of(session, item.account_id), choices=reasons.OF_APPEALED_POSTS if item.kind == "appeal" and item.post_id else reasons.CHOICES[item.kind],
        reasons=own_reasons.choices(session), now=now(), undoable_since=now() - log.UNDONE_WITHIN, noted=log.ONLY_NOTED,
        likeness=spam.likeness_of(session, item.post_id) if item.post_id else None, alike=ALIKE,
        appealed=appeals.appealed(session, [item]),
    )  # fmt: skip


@moderation.get("/moderation/posts/<int:post_id>")
@roles_only(*MODERATORS)
def about(post_id: int) -> Response:
    """Lead to what was decided about a post."""
    return redirect(url_for(".show", item_id=queries.latest_about(db.session(), post_id)))


@moderation.post("/moderation/items/<int:item_id>/claim")
@roles_only(*MODERATORS)
def claim(item_id: int) -> Response:
    item = queries.item(db.session(), item_id)
    if request.form.get("undo"):
        queue.release(db.session(), item, current_user, now())
    else:
        queue.claim(db.session(), item, current_user, now())
    db.session.commit()
    return redirect(url_for(".show", item_id=item_id), 303)


@moderation.post("/moderation/items/<int:item_id>/decision")
@roles_only(*MODERATORS)
def decide(item_id: int) -> Response | tuple[str, int]:
    """Decide one item; what was typed is not lost when another was faster."""
    try:
        entry = decided(item_id)
    except DomainError as error:
        db.session.rollback()
        flash(error.message, "danger")
        return item_page(queries.item(db.session(), item_id), request.form.get("note", "")), error.status
    offer_undo([entry.id], _("Decided: %(how)s.", how=reasons.outcome_name(entry.action)))
    db.session.commit()
    return redirect(same_site(request.form.get("next")) or url_for(".listed"), 303)


def words_of(item: QueueItem) -> str:
    """A mark of the words that were read: when they were last edited."""
    return item.post.edited_at.isoformat() if item.post and item.post.edited_at else ""


def decided(item_id: int) -> LogEntry:
    form = request.form
    item = queries.item(db.session(), item_id)
    if "edited" in form and item.post and form["edited"] != words_of(item):
        raise Conflict(_("Its author changed it since you opened this page. Read it again, then decide."))
    return deciding.decide(
        db.session(), item, form.get("outcome", ""), current_user, now(), form.get("reason", ""), form.get("note", "")
    )


@moderation.post("/moderation/decisions")
@roles_only(*MODERATORS)
def decide_many() -> Response:
    """Decide all that are ticked, each by itself: what another decided meanwhile does not hold up the rest."""
    done: list[int] = []
    wrong: dict[str, int] = {}
    for item_id in ids_of("item")[:MOST_AT_ONCE]:
        try:
            done.append(decided(item_id).id)
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            wrong[error.message] = wrong.get(error.message, 0) + 1
    if done:
        offer_undo(done, ngettext("%(num)s decided.", "%(num)s decided.", len(done)))
    elif not wrong:
        flash(_("Tick what you want to decide."), "warning")
    for message, count in wrong.items():
        flash(ngettext("%(num)s left: %(why)s", "%(num)s left: %(why)s", count, why=message), "danger")
    return redirect(same_site(request.form.get("next")) or url_for(".listed"), 303)


def ids_of(name: str) -> list[int]:
    """The numbers that were sent under this name, each once."""
    sent = [part for text in request.form.getlist(name) for part in text.split()]
    return list(dict.fromkeys(int(part) for part in sent if part.isdecimal() and len(part) < 10))


def offer_undo(entry_ids: list[int], text: str) -> None:
    ids = " ".join(str(one) for one in entry_ids)
    fields = {"entry": ids, "next": same_site(request.form.get("next")) or ""}
    flash({"text": text, "url": url_for(".undo"), "fields": fields}, "success")  # type: ignore[arg-type]


@moderation.post("/moderation/log/undoing")
@roles_only(*MODERATORS)
def undo() -> Response:
    """Take decisions back, the latest first; all of them or none."""
    undone = 0
    for entry_id in sorted(ids_of("entry")[:MOST_AT_ONCE], reverse=True):
        log.undo(db.session(), queries.entry(db.session(), entry_id), current_user, now())
        undone += 1
    db.session.commit()
    flash(ngettext("%(num)s decision was taken back.", "%(num)s decisions were taken back.", undone), "success")
    return redirect(same_site(request.form.get("next")) or url_for(".listed"), 303)
