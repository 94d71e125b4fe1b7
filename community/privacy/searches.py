"""How many searches end on a solved question: counts of a day, of those who let their visits be noted.

Neither who searched nor for what is kept. A search with its refinements is one. What stands in the cookie is that there
was a search on this day, and whether its results may still lead to a solution.
"""

from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from flask import Flask, Response, request, session
from flask_security import current_user
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.db import db
from community.inserting import insert_missing
from community.models import Question, SearchDay
from community.privacy.visits import is_written

SEARCHED = "searched"  # in the cookie: account and day of the latest search, so that people are counted once a day
OPEN = "search_open"  # in the cookie: the day of a search that has not ended on a solved question yet


def register(app: Flask) -> None:
    app.after_request(on_page)


def on_page(response: Response) -> Response:
    """Count what this page tells of a search; whatever happens, the page goes out as it is."""
    if request.method != "GET" or response.status_code != 200 or not is_counted():
        return response
    today = datetime.now(UTC).date()
    if request.endpoint == "search.find" and request.args.get("q", "").strip() and not came_from_search():
        begun(today)
    elif request.endpoint == "questions.show" and OPEN in session and came_from_search():
        led_to((request.view_args or {}).get("question_id", 0), today)
    return response


def is_counted() -> bool:
    """Whether the reader allows it, and is a customer: staff look things up for others."""
    if request.endpoint not in ("search.find", "questions.show"):
        return False
    if "sign_in" not in session or not current_user.is_authenticated or not current_user.may_observe:
        return False
    return all(role.name == "customer" for role in current_user.roles)


def came_from_search() -> bool:
    """Whether the page before was one of search results here."""
    address = urlsplit(request.referrer or "")
    return address.netloc == request.host and address.path == "/search"


def begun(today: date) -> None:
    mark = f"{current_user.id} {today.isoformat()}"
    is_first = session.get(SEARCHED) != mark
    if add(today, people=int(is_first), searches=1):
        session[SEARCHED], session[OPEN] = mark, today.isoformat()


def led_to(question_id: int, today: date) -> None:
    """A question was opened from the results: a solved one ends the search, and counts on the day of the search."""
    solved = select(Question.id).where(Question.id == question_id, Question.solved_at.is_not(None))
    if db.session.scalar(solved) is None:
        return
    day = date.fromisoformat(session[OPEN])
    if day <= today and add(day, solved=1):
        del session[OPEN]


def add(day: date, people: int = 0, searches: int = 0, solved: int = 0) -> bool:
    """Add to the day's counts; False when the database was busy, and nothing is counted."""
    return is_written(lambda own: count(own, day, people, searches, solved))


def count(own: Session, day: date, people: int, searches: int, solved: int) -> None:
    nothing = {"day": day, "people": 0, "searches": 0, "solved": 0}
    insert_missing(own, SearchDay, [nothing], SearchDay.day)
    own.execute(
        update(SearchDay)
        .where(SearchDay.day == day)
        .values(
            people=SearchDay.people + people, searches=SearchDay.searches + searches, solved=SearchDay.solved + solved
        )
    )
