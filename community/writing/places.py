"""Where something is written: the addresses behind the name of a place."""

from flask import url_for
from flask_babel import gettext as _

from community.drafts import PLACE, THROWN
from community.errors import Invalid


def question_of(place: str) -> int | None:
    """The question that is answered there; None where another thing is written. Raises Invalid for no such place."""
    return numbered(place, "answer:")


def post_of(place: str) -> int | None:
    """The post that is commented on there; None where another thing is written. Raises Invalid for no such place."""
    return numbered(place, "comment:")


def complaint_of(place: str) -> int | None:
    """The complaint that is replied to there; None where another thing is written. Raises Invalid for no such place."""
    return numbered(place, "case:")


def numbered(place: str, kind: str) -> int | None:
    place = place.removeprefix(THROWN)
    if not PLACE.fullmatch(place):
        raise Invalid(_("Nothing can be written there."))
    return int(place.removeprefix(kind)) if place.startswith(kind) else None


def page_of(place: str) -> str:
    """The page with the form."""
    if complaint_id := complaint_of(place):
        return url_for("complaints.show", complaint_id=complaint_id, _anchor="reply")
    if post_id := post_of(place):
        return url_for("questions.comment", post_id=post_id)
    question_id = question_of(place)
    if question_id is None:
        return url_for("questions.ask")
    return url_for("questions.show", question_id=question_id, _anchor="answer")
