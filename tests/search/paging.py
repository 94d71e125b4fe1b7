"""What the search's pages need: an index of all posts, solved questions, pages as text."""

from urllib.parse import quote

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.models import Question
from community.reactions import deliver_pending
from tests.conftest import NOW


def index_all(session: Session) -> None:
    session.rollback()
    while deliver_pending():
        pass


def solve(session: Session, question: Question) -> None:
    question.solved_at = NOW
    session.commit()


def page(client: FlaskClient, text: str, more: str = "") -> str:
    response = client.get(f"/search?q={quote(text)}{more}")
    assert response.status_code == 200
    return response.get_data(as_text=True)
