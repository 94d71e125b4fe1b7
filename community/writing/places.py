"""Where something is written: the addresses behind the name of a place."""

from flask import url_for
from flask_babel import gettext as _

from community.drafts import PLACE, THROWN
from community.errors import Invalid


def question_of(place: str) -> int | None:
    """The question that is answered there; None where one is asked. Raises Invalid when there is no such place."""
    place = place.removeprefix(THROWN)
    if not PLACE.fullmatch(place):
        raise Invalid(_("Nothing can be written there."))
    return int(place.partition(":")[2]) if ":" in place else None


def page_of(place: str) -> str:
    """The page with the form."""
    question_id = question_of(place)
    if question_id is None:
        return url_for("questions.ask")
    return url_for("questions.show", question_id=question_id, _anchor="answer")
