"""You said, we did: what was published, for everybody; and the page that stops mails for who has no account."""

from datetime import UTC, datetime

from flask import Response, render_template, request
from sqlalchemy import update

from community.db import db
from community.errors import NotFound
from community.models import Customer
from community.outcomes import queries, words
from community.outcomes.blueprint import outcomes
from community.web.extensions import csrf
from community.web.feeds import atom_response
from community.web.urls import parse_key


@outcomes.get("/you-said")
def listed() -> str:
    return render_template(
        "outcomes/list.html", page=queries.published(db.session(), parse_key(request.args.get("after")))
    )


@outcomes.get("/you-said.atom")
def feed() -> Response:
    """The newest, as a feed."""
    rows = queries.published(db.session(), None).rows
    updated = max((row.published_at for row in rows if row.published_at), default=datetime.fromtimestamp(0, UTC))
    return atom_response(render_template("outcomes/feed.xml", rows=rows, updated=updated), updated)


@outcomes.get("/you-said/<int:outcome_id>")
def show(outcome_id: int) -> str:
    return render_template("outcomes/show.html", outcome=queries.public_one(db.session(), outcome_id))


@outcomes.route("/you-said/stop/<stop_token>", methods=["GET", "POST"])
@csrf.exempt
def stop(stop_token: str) -> str:
    """GET asks, since mailboxes open links by themselves; POST does it, or takes it back (RFC 8058)."""
    session, customer_id = db.session(), words.read_stop(stop_token)
    if customer_id is None or session.get(Customer, customer_id) is None:
        raise NotFound
    state = "asked"
    if request.method == "POST":
        state = "restored" if request.form.get("again") == "1" else "stopped"
        session.execute(
            update(Customer).where(Customer.id == customer_id).values(hears_outcomes=state == "restored"),
            execution_options={"synchronize_session": False},
        )
        session.commit()
    return render_template("outcomes/stop.html", state=state, stop_token=stop_token)
