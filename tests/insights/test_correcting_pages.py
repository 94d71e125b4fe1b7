"""Pages on which product managers correct: each action can be undone at once, and later from the history."""

import re

import numpy as np
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.insights import history, service
from community.models import Account, Calibration, Correction, Explanation, Mention, Theme
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.insights.making import make_report, make_theme, say


@pytest.fixture
def manager(make: Factory, client: FlaskClient, session: Session) -> Account:
    account = make.account("Manager", "manager")
    sign_in(client, account)
    session.rollback()  # what was read for it is older than what the sign-in wrote
    return account


def told(make: Factory, theme: Theme, count: int = 6, text: str = "The battery drains") -> list[Mention]:
    return [say(make, theme, f"{text} {n} times", address=f"p{theme.id}{n}@example.org") for n in range(count)]


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def undo_addresses(html: str) -> list[str]:
    return re.findall(r'action="(/insights/corrections/\d+/undoing)"', html)


def test_each_action_says_what_it_did_with_a_button_that_undoes_it(
    client: FlaskClient, session: Session, make: Factory, manager: Account
) -> None:
    theme, other = make_theme(session), make_theme(session, "other")
    mention = told(make, theme)[0].id
    session.rollback()
    path = f"/insights/themes/{theme.id}"
    actions = [
        (f"{path}/name", {"name": "Battery life"}), (f"{path}/status", {"status": "done"}),
        (f"{path}/owner", {"owner": str(manager.id)}), (f"{path}/pin", {"value": "1"}),
        (f"{path}/ignored", {"value": "1"}), (f"{path}/split", {"name": "Apart", "mention": str(mention)}),
        (f"/insights/mentions/{mention}/correction", {"sentiment": "positive"}),
        (f"/insights/mentions/{mention}/theme", {"theme": str(other.id)}),
        (f"/insights/mentions/{mention}/kept", {}), (f"/insights/mentions/{mention}/rejection", {}),
        (f"/insights/themes/{other.id}/merge", {"into": str(theme.id)}),
    ]  # fmt: skip
    for address, data in actions:
        answer = client.post(address, data=data)
        assert answer.status_code == 302, address
        shown = page(client, answer.location)
        flashed = shown[shown.index('<div role="status">') : shown.index('<nav class="pills"')]
        [undo] = undo_addresses(flashed)
        answer = client.post(undo)
        assert answer.status_code == 302, address
        assert "Undone." in page(client, answer.location)
    session.rollback()
    assert len(session.scalars(select(Correction).where(Correction.undone_at.is_not(None))).all()) == len(actions)
    row = session.get_one(Theme, theme.id)
    assert (row.name, row.status, row.owner_id, row.is_pinned, row.is_ignored) == (
        "battery drains", "new", None, False, False,
    )  # fmt: skip


def test_what_is_so_already_is_no_news(client: FlaskClient, session: Session, manager: Account) -> None:
    theme = make_theme(session)
    answer = client.post(f"/insights/themes/{theme.id}/status", data={"status": "new"})
    assert "It is so already." in page(client, answer.location)
    assert session.scalars(select(Correction)).all() == []


def test_an_undo_that_a_later_correction_forbids_says_so(
    client: FlaskClient, session: Session, manager: Account
) -> None:
    theme = make_theme(session)
    first = service.rename(session, theme, "First", manager, NOW)
    service.rename(session, theme, "Second", manager, NOW)
    session.commit()
    assert first
    answer = client.post(f"/insights/corrections/{first.id}/undoing")
    assert answer.status_code == 409
    assert "Undo that one first" in answer.get_data(as_text=True)
    assert client.post("/insights/corrections/999/undoing").status_code == 404


def test_the_history_goes_by_theme_and_person_and_by_key(
    client: FlaskClient, session: Session, make: Factory, manager: Account
) -> None:
    theme, other, second = make_theme(session), make_theme(session, "other"), make.account("Second", "manager")
    for number in range(history.PAGE + 3):
        service.rename(session, theme, f"Name <{number}>", manager, NOW)
    service.pin(session, other, True, second, NOW)
    session.commit()
    newest = page(client, "/insights/history")
    assert "Name &lt;32&gt;" in newest
    assert len(undo_addresses(newest)) == history.PAGE
    [older] = re.findall(r'rel="next" href="([^"]+)"', newest)
    assert len(undo_addresses(page(client, older.replace("&amp;", "&")))) == 4
    assert len(undo_addresses(page(client, f"/insights/history?person={second.id}"))) == 1
    assert len(undo_addresses(page(client, f"/insights/history?theme={other.id}"))) == 1
    assert undo_addresses(page(client, f"/insights/history?theme={other.id}&person={manager.id}")) == []
    for odd in ("after=x", "after=-1", "theme=99999999999", "person=x"):
        page(client, f"/insights/history?{odd}")


def test_the_history_shows_what_the_machine_learned(client: FlaskClient, session: Session, manager: Account) -> None:
    session.add(
        Calibration(
            revision="m", language="en", head="sentiment", learned_from="h", examples=24, bias=[0.1, 0, -0.1],
            before=0.25, after=0.5, fitted_at=NOW,
        )
    )  # fmt: skip
    session.commit()
    shown = page(client, "/insights/history")
    assert "25%" in shown
    assert "50%" in shown


def test_a_pinned_theme_stands_on_top_and_an_ignored_one_is_in_no_report(
    client: FlaskClient, session: Session, make: Factory, manager: Account
) -> None:
    theme, other = make_theme(session), make_theme(session, "screen flickers")
    report = make_report(session, theme, [row.id for row in told(make, theme)])
    entry = report.content["themes"][str(theme.id)]
    report.content = report.content | {
        "themes": {str(theme.id): entry, str(other.id): entry | {"id": other.id, "name": other.name}},
        "ranked": report.content["ranked"] | {"problem": [theme.id, other.id]},
    }
    session.commit()

    def names() -> list[str]:
        return re.findall(
            r'href="/insights/themes/\d+">([^<]+)</a></h3>', page(client, f"/insights/reports/{report.id}")
        )

    assert names() == ["battery drains", "screen flickers"]
    session.rollback()
    service.pin(session, other, True, manager, NOW)
    session.commit()
    assert names() == ["screen flickers", "battery drains"]
    session.rollback()
    service.ignore(session, other, True, manager, NOW)
    session.commit()
    assert names() == ["battery drains"]
    page(client, f"/insights/themes/{other.id}")


def vectors(session: Session, mentions: list[Mention]) -> None:
    """Each a little further from the first."""
    for number, mention in enumerate(mentions):
        vector = np.array([1, number / 4, 0, 0], np.float16)
        mention.embedding = (vector / np.linalg.norm(vector)).astype(np.float16).tobytes()
    session.commit()


def test_a_mention_says_why_by_the_nearest_quotes_of_other_people(
    client: FlaskClient, session: Session, make: Factory, manager: Account
) -> None:
    theme = make_theme(session)
    mentions = told(make, theme, 7)
    again = say(make, theme, "The battery drains, I say again", address=f"p{theme.id}0@example.org")
    vectors(session, [*mentions, again])
    shown = page(client, f"/insights/mentions/{mentions[0].id}")
    quotes = re.findall(r"<blockquote>(.*?)</blockquote>", shown)
    assert quotes == [f"The battery drains {n} times" for n in range(6)], "the nearest five by others, nearest first"
    assert "likeness 0.97 of 1" in shown


def test_words_are_shown_once_worked_out_and_never_what_is_covered(
    client: FlaskClient, session: Session, make: Factory, manager: Account
) -> None:
    theme = make_theme(session)
    told(make, theme)
    text = "Awful, write to mira.k@example.org"
    mention = say(make, theme, text, address="mira@example.org")
    path = f"/insights/mentions/{mention.id}"
    assert "Work it out" in page(client, path)
    assert client.post(f"{path}/words", data={"next": path}).location == path
    assert "being worked out" in page(client, path)
    session.rollback()
    row = session.scalars(select(Explanation)).one()
    row.sentiment, row.worked_out_at = "negative", NOW
    row.words = [[0, 5, 0.61], [text.index("mira"), text.index("@"), 0.2]]
    session.commit()
    shown = page(client, path)
    assert "<dt>Awful</dt>" in shown
    assert "61%" in shown
    assert "mira" not in shown


def test_a_mention_of_a_small_theme_or_of_none_is_not_shown(
    client: FlaskClient, session: Session, make: Factory, manager: Account
) -> None:
    theme = make_theme(session)
    mentions = told(make, theme, 4)
    shown = page(client, f"/insights/mentions/{mentions[0].id}")
    assert "Too few customers" in shown
    assert "battery drains 0" not in shown
    session.rollback()
    mentions[0].topic_id = None
    session.commit()
    shown = page(client, f"/insights/mentions/{mentions[0].id}")
    assert "It is in no theme" in shown
    assert "battery drains 0" not in shown
    assert client.get("/insights/mentions/999").status_code == 404


def test_odd_input_is_refused(client: FlaskClient, session: Session, make: Factory, manager: Account) -> None:
    theme = make_theme(session)
    mention = told(make, theme)[0].id
    session.rollback()
    path = f"/insights/themes/{theme.id}"
    assert client.post(f"{path}/owner", data={"owner": "999"}).status_code == 422
    assert client.post(f"{path}/split", data={"name": "x", "mention": str(mention)}).status_code == 422
    assert client.post(f"{path}/split", data={"name": "Apart", "mention": ["x", "-1", "9" * 20]}).status_code == 422
    assert client.post(f"/insights/mentions/{mention}/theme", data={"theme": "999"}).status_code == 404
    assert client.post("/insights/mentions/999/rejection").status_code == 404
    assert session.scalars(select(Correction)).all() == []
