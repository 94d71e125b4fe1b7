"""What a program sent: one JSON object, whose fields are checked before any service sees them."""

from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from community.errors import Invalid

MOST_WORDS = 50


def sent(*names: str) -> dict[str, Any]:
    """The object, which may have these fields only. Raises BadRequest, UnsupportedMediaType (415), Invalid."""
    try:
        found = request.get_json()
    except RecursionError as error:
        raise BadRequest(_("Send one JSON object.")) from error
    if not isinstance(found, dict):
        raise BadRequest(_("Send one JSON object."))
    if unknown := sorted(set(found) - set(names)):
        raise Invalid(_("Unknown field: %(names)s.", names=", ".join(unknown)[:200]))
    return found


def text(found: dict[str, Any], name: str, default: str | None = None) -> str:
    """A field that is text. Raises Invalid if it is missing, and `default` is None, or of another type."""
    value = found.get(name, default)
    if not isinstance(value, str) or not is_storable(value):
        raise Invalid(_("%(name)s must be text.", name=name))
    return value


def words(found: dict[str, Any], name: str) -> list[str]:
    """A field that is a list of texts; none where it is missing."""
    value = found.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and is_storable(one) for one in value):
        raise Invalid(_("%(name)s must be a list of texts.", name=name))
    return value[:MOST_WORDS]


def is_storable(value: str) -> bool:
    """No NUL, which no database takes, and no half of a sign, which no encoding has."""
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
