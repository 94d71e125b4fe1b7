"""The search page."""

from flask import Blueprint, current_app, render_template, request

from community.db import db
from community.search import queries

search = Blueprint("search", __name__)

SIZE = 20
LAST_PAGE = 50


@search.get("/search")
def find() -> str:
    text = request.args.get("q", "").strip()
    page = max(1, min(request.args.get("page", 1, type=int) or 1, LAST_PAGE))
    if not text:
        return render_template("search/find.html", text="", found=None, hits=[], page=1, pages=1)
    found = queries.find(current_app.config["SEARCH_INDEX_DIR"], text, session=db.session(), page=page, size=SIZE)
    pages = min(LAST_PAGE, max(1, -(-found.total // SIZE)))
    hits = queries.visible(db.session(), found.hits)
    return render_template("search/find.html", text=text, found=found, hits=hits, page=page, pages=pages)
