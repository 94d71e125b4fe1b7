"""One mention: why the machine reads it as it does, and what product managers say about that."""

from flask import current_app, flash, render_template, request
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response

from community.db import db
from community.errors import NotFound
from community.insights import placing, queries, why
from community.insights.blueprint import back, insights, now, told
from community.models import Mention
from community.web.access import READERS_OF_INSIGHTS, roles_only


def mention_of(mention_id: int) -> Mention:
    found = db.session.get(Mention, mention_id)
    if found is None:
        raise NotFound
    return found


@insights.get("/insights/mentions/<int:mention_id>")
@roles_only(*READERS_OF_INSIGHTS)
def mention(mention_id: int) -> str:
    session, found = db.session(), mention_of(mention_id)
    reasons = why.why(session, found, current_app.config["K_ANONYMITY"])
    return render_template(
        "insights/mention.html", why=reasons, one=reasons.quote, mention_id=mention_id, moods=placing.SENTIMENTS,
        intents=placing.INTENTS, least=current_app.config["K_ANONYMITY"],
        others=queries.other_themes(session, reasons.theme.id if reasons.theme else 0),
    )  # fmt: skip


@insights.post("/insights/mentions/<int:mention_id>/correction")
@roles_only(*READERS_OF_INSIGHTS)
def correct(mention_id: int) -> Response:
    sentiment, intent = request.form.get("sentiment") or None, request.form.get("intent") or None
    done = placing.relabel(db.session(), mention_of(mention_id), sentiment, intent, current_user, now())
    db.session.commit()
    told(done, _("Noted. Later runs keep your correction, and learn from it."))
    return back(done.theme_id if done else None)


@insights.post("/insights/mentions/<int:mention_id>/theme")
@roles_only(*READERS_OF_INSIGHTS)
def move(mention_id: int) -> Response:
    to = queries.theme(db.session(), min(request.form.get("theme", 0, type=int), 2**31 - 1))
    done = placing.move(db.session(), mention_of(mention_id), to, current_user, now())
    db.session.commit()
    told(done, _("Moved. It stays there, and similar new mentions follow."))
    return back(to.id)


@insights.post("/insights/mentions/<int:mention_id>/kept")
@roles_only(*READERS_OF_INSIGHTS)
def keep(mention_id: int) -> Response:
    done = placing.keep(db.session(), mention_of(mention_id), current_user, now())
    db.session.commit()
    told(done, _("Noted: it belongs here, and similar new mentions follow."))
    return back(done.theme_id if done else None)


@insights.post("/insights/mentions/<int:mention_id>/rejection")
@roles_only(*READERS_OF_INSIGHTS)
def reject(mention_id: int) -> Response:
    done = placing.reject(db.session(), mention_of(mention_id), current_user, now())
    db.session.commit()
    told(done, _("It left the theme, and will not return by itself."))
    return back(done.theme_id if done else None)


@insights.post("/insights/mentions/<int:mention_id>/words")
@roles_only(*READERS_OF_INSIGHTS)
def ask_for_words(mention_id: int) -> Response:
    found = mention_of(mention_id)
    why.ask(db.session(), found, now())
    db.session.commit()
    flash(_("The worker works it out in its next run."), "success")
    return back()
