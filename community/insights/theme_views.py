"""What product managers do to a theme. Each can be undone right after, and later on the page of its history."""

from flask import redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from community.db import db
from community.errors import Invalid
from community.insights import queries, service
from community.insights.blueprint import back, insights, now, told
from community.models import Account, Mention, Topic
from community.web.access import READERS_OF_INSIGHTS, roles_only


def chosen_ids(name: str) -> list[int]:
    """The numbers of the form's fields of that name."""
    return [key for key in request.form.getlist(name, type=int) if 0 < key < 2**31][: service.MOST_SPLIT]


@insights.post("/insights/themes/<int:theme_id>/name")
@roles_only(*READERS_OF_INSIGHTS)
def rename(theme_id: int) -> Response:
    found = queries.theme(db.session(), theme_id)
    done = service.rename(db.session(), found, request.form.get("name", ""), current_user, now())
    db.session.commit()
    told(done, _("Renamed. The machine will keep this name."))
    return redirect(url_for(".theme", theme_id=theme_id))


@insights.post("/insights/themes/<int:theme_id>/status")
@roles_only(*READERS_OF_INSIGHTS)
def set_status(theme_id: int) -> Response:
    found = queries.theme(db.session(), theme_id)
    done = service.set_status(db.session(), found, request.form.get("status", ""), current_user, now())
    db.session.commit()
    told(done, _("The status is set."))
    return redirect(url_for(".theme", theme_id=theme_id))


@insights.post("/insights/themes/<int:theme_id>/owner")
@roles_only(*READERS_OF_INSIGHTS)
def set_owner(theme_id: int) -> Response:
    found = queries.theme(db.session(), theme_id)
    [key] = chosen_ids("owner") or [0]
    owner = db.session.get(Account, key) if key else None
    if key and owner is None:
        raise Invalid(_("A theme is owned by a product manager."))
    done = service.set_owner(db.session(), found, owner, current_user, now())
    db.session.commit()
    told(done, _("The owner is set."))
    return redirect(url_for(".theme", theme_id=theme_id))


@insights.post("/insights/themes/<int:theme_id>/pin")
@roles_only(*READERS_OF_INSIGHTS)
def pin(theme_id: int) -> Response:
    found, is_pinned = queries.theme(db.session(), theme_id), request.form.get("value") == "1"
    done = service.pin(db.session(), found, is_pinned, current_user, now())
    db.session.commit()
    told(done, _("Pinned: it stands on top of reports.") if is_pinned else _("No longer pinned."))
    return redirect(url_for(".theme", theme_id=theme_id))


@insights.post("/insights/themes/<int:theme_id>/ignored")
@roles_only(*READERS_OF_INSIGHTS)
def ignore(theme_id: int) -> Response:
    found, is_ignored = queries.theme(db.session(), theme_id), request.form.get("value") == "1"
    done = service.ignore(db.session(), found, is_ignored, current_user, now())
    db.session.commit()
    told(done, _("Ignored: it is in no report and no alert.") if is_ignored else _("No longer ignored."))
    return redirect(url_for(".theme", theme_id=theme_id))


@insights.post("/insights/themes/<int:theme_id>/merge")
@roles_only(*READERS_OF_INSIGHTS)
def merge(theme_id: int) -> Response:
    found = queries.theme(db.session(), theme_id)
    into = queries.theme(db.session(), min(request.form.get("into", 0, type=int), 2**31 - 1))
    done = service.merge(db.session(), found, into, current_user, now())
    db.session.commit()
    told(done, _("Merged. Later runs keep them together."))
    return redirect(url_for(".theme", theme_id=into.id))


@insights.post("/insights/themes/<int:theme_id>/split")
@roles_only(*READERS_OF_INSIGHTS)
def split(theme_id: int) -> Response:
    session, found = db.session(), queries.theme(db.session(), theme_id)
    topics = session.scalars(select(Topic).where(Topic.id.in_(chosen_ids("topic")))).all()
    mentions = session.scalars(select(Mention).where(Mention.id.in_(chosen_ids("mention"))).order_by(Mention.id)).all()
    done = service.split(session, found, request.form.get("name", ""), topics, mentions, current_user, now())
    session.commit()
    told(done, _("Split. Later runs keep them apart."))
    return back((done.other_theme_id if done else None) or theme_id)
