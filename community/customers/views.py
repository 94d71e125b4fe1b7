"""Pages about customers, for those who serve them."""

from flask import Blueprint, render_template, request

from community.customers import queries
from community.db import db
from community.models import LEVELS
from community.web.access import roles_only

customers = Blueprint("customers", __name__)

READERS = ("agent", "admin")
MOST_ID = 2**31 - 1


@customers.get("/customers")
@roles_only(*READERS)
def listed() -> str:
    level = request.args.get("level") or None
    page = max(1, min(request.args.get("page", 1, type=int) or 1, 10_000))
    theme_id = min(max(0, request.args.get("theme", 0, type=int) or 0), MOST_ID) or None
    theme = queries.theme(db.session(), theme_id) if theme_id else None
    rows = queries.customers(db.session(), level, page, theme_id)
    return render_template(
        "customers/list.html", customers=rows[: queries.PAGE], has_more=len(rows) > queries.PAGE, page=page,
        level=level, levels=LEVELS, counts=queries.level_counts(db.session()), theme=theme,
    )  # fmt: skip


@customers.get("/customers/<int:customer_id>")
@roles_only(*READERS)
def show(customer_id: int) -> str:
    return render_template(
        "customers/show.html", customer=queries.customer(db.session(), customer_id),
        timeline=queries.timeline(db.session(), customer_id), signals=queries.signals(db.session(), customer_id),
    )  # fmt: skip
