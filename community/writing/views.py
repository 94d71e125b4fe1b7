"""The preview, and tags suggested. Drafts and images have modules of their own."""

from flask import request
from flask_babel import gettext as _
from flask_security import auth_required

from community.db import db
from community.drafts import LONGEST_BODY
from community.errors import Invalid
from community.web import markdown
from community.writing import draft_views, image_views, queries
from community.writing.blueprint import often, told_in_json, writing

__all__ = ["draft_views", "image_views", "writing"]


@writing.post("/preview")
@auth_required("session")
@often
@told_in_json
def preview() -> dict[str, str]:
    """For scripts: the text as it will be shown. Without a script the page itself shows it when it is asked to."""
    body = request.form.get("body", "").replace("\r\n", "\n")
    if len(body) > LONGEST_BODY:
        raise Invalid(_("The text is longer than %(most)s characters.", most=LONGEST_BODY))
    return {"html": markdown.rendered(body)}


@writing.get("/tags/suggest")
@auth_required("session")
def suggest_tags() -> dict[str, list[dict[str, str | int]]]:
    """For scripts: tags that fit what is typed."""
    found = queries.suggested_tags(db.session(), request.args.get("q", ""))
    return {"tags": [{"tag": slug, "count": count} for slug, count in found]}
