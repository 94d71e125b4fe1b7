"""One person as moderators see them: what was decided about them, and sanctions."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from community.db import db
from community.errors import Invalid, NotAllowed, NotFound
from community.models import Account
from community.moderation import log, own_reasons, queries, sanctions
from community.moderation.blueprint import moderation
from community.web.access import MODERATORS, roles_only


@moderation.get("/moderation/people/<handle>")
@roles_only(*MODERATORS)
def person(handle: str) -> str:
    return person_page(account_of(handle))


def person_page(account: Account) -> str:
    session, now = db.session(), datetime.now(UTC)
    return render_template(
        "moderation/person.html", account=account, log=queries.all_about(session, account),
        standing=sanctions.standing(session, account.id, now), record=queries.record_of(session, account.id),
        reasons=own_reasons.choices(session), days=sanctions.DAYS, sent=request.form, undoable_since=now - log.UNDONE_WITHIN,
        noted=log.ONLY_NOTED, now=now,
    )  # fmt: skip


@moderation.post("/moderation/people/<handle>")
@roles_only(*MODERATORS)
def sanction(handle: str) -> Response | tuple[str, int]:
    account, form = account_of(handle), request.form
    try:
        sanctions.sanction(
            db.session(), account, form.get("kind", ""), form.get("days", 0, type=int), form.get("reason", ""),
            form.get("note", ""), current_user, datetime.now(UTC),
        )  # fmt: skip
    except (Invalid, NotAllowed) as error:
        db.session.rollback()
        flash(error.message, "danger")
        return person_page(account_of(handle)), error.status
    db.session.commit()
    flash(_("Done. They read why and until when, and may appeal once."), "success")
    return redirect(url_for(".person", handle=handle), 303)


def account_of(handle: str) -> Account:
    found = db.session.scalar(select(Account).where(Account.handle == handle))
    if found is None:
        raise NotFound
    return found
