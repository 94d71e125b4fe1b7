"""What every template may use."""

from flask import Flask, request
from flask_security import current_user

from community.web import markdown
from community.web.access import MODERATORS, READERS_OF_INSIGHTS, STAFF_OF_COMPLAINTS
from community.web.forms import Nothing, began_field
from community.web.urls import absolute, path_for


def may_read_insights() -> bool:
    return any(current_user.has_role(name) for name in READERS_OF_INSIGHTS)


def may_work_complaints() -> bool:
    return any(current_user.has_role(name) for name in STAFF_OF_COMPLAINTS)


def may_moderate() -> bool:
    return any(current_user.has_role(name) for name in MODERATORS)


def register(app: Flask) -> None:
    app.jinja_env.filters.update(markdown=markdown.render, plain=markdown.plain)
    app.jinja_env.globals.update(
        may_read_insights=may_read_insights,
        may_work_complaints=may_work_complaints,
        may_moderate=may_moderate,
        absolute=absolute,
        began_field=began_field,
        url_for=path_for,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def page_facts() -> dict[str, object]:
        return {
            "site_name": app.config["SITE_NAME"],
            "here": request.full_path.rstrip("?"),
            "button": Nothing,
            "is_demo": app.config["DEMO"],
        }
