"""The blueprint of complaints, and what its views share: who may see a case, and the page that shows it."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, render_template, request, session
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy import select

from community import drafts
from community.complaints import (
    attaching,
    beside,
    canned,
    case_queries,
    escalating,
    looking,
    publishing,
    queries,
    rating,
    service,
    states,
    wording,
)
from community.complaints.attaching import MOST_FILES
from community.complaints.bulk import SNOOZES
from community.complaints.changing import Overtaken, labels_of, require_worker
from community.complaints.forms import ReplyForm
from community.db import db, writing
from community.errors import NotFound
from community.models import PRIORITIES, Account, Complaint
from community.web.urls import row_number

complaints = Blueprint("complaints", __name__)

TAKING_FILES = {"complaints.new", "complaints.reply"}


@complaints.record_once
def take_larger_requests(state: BlueprintSetupState) -> None:
    state.app.url_value_preprocessor(allow_files)  # before anything reads the form, which other hooks do


def allow_files(endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Forms with files may be larger than other requests, if somebody signed in sends them."""
    if endpoint in TAKING_FILES and request.mimetype == "multipart/form-data" and "_user_id" in session:
        settings = current_app.config
        request.max_content_length = settings["MAX_CONTENT_LENGTH"] + MOST_FILES * settings["ATTACHMENT_MOST_BYTES"]


def is_own(found: Complaint) -> bool:
    return current_user.customer_id is not None and current_user.customer_id == found.customer_id


def seen_by_current(complaint_id: int) -> Complaint:
    """The case, if the reader is its customer or works complaints; for all others it does not exist."""
    found = case_queries.complaint(db.session(), complaint_id)
    if not is_own(found) and not service.is_worker(current_user):
        raise NotFound
    return found


def worked_by_current(complaint_id: int) -> Complaint:
    """The case, if the reader works complaints. Raises NotFound for those who may not see it, else NotAllowed."""
    found = seen_by_current(complaint_id)
    require_worker(current_user)
    return found


def seen_version() -> int | None:
    """The version of the case that the form was made from."""
    return row_number(request.form.get("version"))


def kept_files() -> list[int]:
    """Those of the draft's files that are ticked in the form."""
    return [number for one in request.form.getlist("kept") if (number := row_number(one))]


def case_page(found: Complaint, form: ReplyForm | None = None, status: int = 200, **more: Any) -> Any:
    """The case as its customer or as an agent sees it."""
    for_agent = service.is_worker(current_user) and not is_own(found)
    now, own = datetime.now(UTC), db.session()
    cases = case_queries.family(own, found)
    place = f"case:{found.id}"
    draft = drafts.draft_of(own, current_user, place)
    form = form or ReplyForm(formdata=None, body=draft.body if draft else "")
    facts: dict[str, Any] = {
        "complaint": found, "form": form, "draft": draft, "place": place, "is_worker": for_agent, "now": now,
        "turns": case_queries.conversation(own, cases, for_agent, now), "merged": cases[1:],
        "rating": rating.latest(own, found.id), "scores": rating.SCORES,
        "may_rate": not for_agent and rating.may_rate(own, found),
        "publication": (shown := publishing.current(own, found.id)),
        "publication_path": publishing.path_of(shown) if shown else None,
        "waiting_files": (files := attaching.of_draft(own, draft)),
        "kept": kept_files() if "kept_shown" in request.form else [one.id for one in files],
    }  # fmt: skip
    if not for_agent:
        return render_template("complaints/show.html", **facts | more), status
    facts |= agent_facts(found, cases, now)
    if status != 409 and (seen := seen_version()) is not None:
        facts["seen"] = seen  # a form that is shown again was made from what it was made from
    page = render_template("complaints/case.html", **facts | more)
    note_looking(found.id, now)
    return page, status


def agent_facts(found: Complaint, cases: list[Complaint], now: datetime) -> dict[str, Any]:
    own = db.session()
    changes = case_queries.changes(own, [one.id for one in cases])
    people = {one.id: one for one in own.scalars(select(Account).where(Account.id.in_(wording.people_in(changes))))}
    return {
        "labels": labels_of(own, found), "changes": [(one, wording.line(one, people)) for one in changes],
        "escalation": escalating.latest(own, found),
        "others": looking.others(own, found.id, current_user, now), "agents": queries.agents(own),
        "products": queries.products(own), "statuses": (found.status, *states.BY_HAND[found.status]),
        "priorities": PRIORITIES, "canned": canned.canned_replies(own), "snoozes": tuple(SNOOZES),
        "after_reply": states.AFTER_REPLY, "beside": beside.read(own, found),
        "seen": found.version,
        "why_declined": publishing.why_declined(own, publishing.current(own, found.id)),
        "siblings": case_queries.siblings(own, found),
    }  # fmt: skip


def note_looking(complaint_id: int, now: datetime) -> None:
    """A read of an agent leaves a row for a minute; a unit of work of its own, behind the page."""
    if looking.is_due(db.session(), complaint_id, current_user, now):
        by = current_user._get_current_object()
        db.session.rollback()
        with writing():
            looking.look(db.session(), complaint_id, by, now)
            db.session.commit()


def overtaken_page(complaint_id: int, kept: str, error: Overtaken) -> Any:
    """Somebody was faster: what they did, and the words that were about to be sent, to be sent again or not."""
    db.session.rollback()
    found = case_queries.complaint(db.session(), complaint_id)
    form = ReplyForm(formdata=None, body=kept)
    changes = case_queries.changes(db.session(), [found.id], seen_version())
    people = {
        one.id: one for one in db.session.scalars(select(Account).where(Account.id.in_(wording.people_in(changes))))
    }
    lines = [(one, wording.line(one, people)) for one in changes]
    return case_page(found, form, 409, overtaken=lines, wrong=str(error.message or _("Somebody was faster")))
