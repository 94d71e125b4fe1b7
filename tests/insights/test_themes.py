"""What a product manager decides about themes, and who may not."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Invalid, NotAllowed, NotFound
from community.insights import placing, queries, service
from community.models import (
    THEME_STATUSES,
    Account,
    Correction,
    Event,
    Mention,
    Question,
    Theme,
    Topic,
    Verbatim,
    Verdict,
)
from community.questions import service as questions
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.insights.making import make_theme, say


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


@pytest.fixture
def theme(session: Session) -> Theme:
    return make_theme(session)


def changes(session: Session) -> list[tuple[str, str, str]]:
    session.commit()
    rows = session.scalars(select(Correction).order_by(Correction.id))
    return [(row.kind, row.told["before"], row.told["after"]) for row in rows]


DECISIONS: dict[str, Callable[[Session, Theme, Theme, Mention, Account], None]] = {
    "rename": lambda session, theme, _other, _mention, by: service.rename(session, theme, "New name", by, NOW),
    "status": lambda session, theme, _other, _mention, by: service.set_status(session, theme, "done", by, NOW),
    "merge": lambda session, theme, other, _mention, by: service.merge(session, theme, other, by, NOW),
    "correct": lambda session, _theme, _other, mention, by: placing.relabel(
        session, mention, "positive", None, by, NOW
    ),
}


@pytest.mark.parametrize("decision", DECISIONS)
def test_only_product_managers_decide(session: Session, make: Factory, theme: Theme, decision: str) -> None:
    mention, other = say(make, theme, "The battery drains fast"), make_theme(session, "other")
    for role in ("customer", "agent", "moderator"):
        with pytest.raises(NotAllowed):
            DECISIONS[decision](session, theme, other, mention, make.account("No", role))
    assert changes(session) == []
    for role in ("manager", "admin"):
        DECISIONS[decision](session, make_theme(session, role), other, mention, make.account("Yes", role))


def test_a_name_given_by_a_person_is_kept_with_who_and_when(session: Session, theme: Theme, manager: Account) -> None:
    service.rename(session, theme, "  Battery   life ", manager, NOW)
    assert changes(session) == [("rename", "battery drains", "Battery life")]
    assert (theme.name, theme.name_zh, theme.named_by_id, theme.is_named_by_person) == (
        "Battery life", None, manager.id, True,
    )  # fmt: skip
    [row] = session.scalars(select(Correction)).all()
    assert (row.by_id, row.at, row.theme_id, row.undone_at) == (manager.id, NOW, theme.id, None)
    assert session.scalars(select(Event.kind)).all() == ["theme.changed"]


@pytest.mark.parametrize("name", ["", " ", "x", "x" * 161])
def test_a_name_has_2_to_160_characters(session: Session, theme: Theme, manager: Account, name: str) -> None:
    with pytest.raises(Invalid):
        service.rename(session, theme, name, manager, NOW)


def test_every_status_can_be_set_and_a_repeated_one_is_no_news(
    session: Session, theme: Theme, manager: Account
) -> None:
    for status in (*THEME_STATUSES[1:], THEME_STATUSES[-1]):
        service.set_status(session, theme, status, manager, NOW)
    assert [after for _, _, after in changes(session)] == list(THEME_STATUSES[1:])
    with pytest.raises(Invalid):
        service.set_status(session, theme, "forgotten", manager, NOW)


def test_merging_moves_the_topics_and_leads_the_old_address_on(
    session: Session, theme: Theme, manager: Account
) -> None:
    middle, last = make_theme(session, "middle"), make_theme(session, "last")
    service.merge(session, theme, middle, manager, NOW)
    session.commit()
    service.merge(session, middle, last, manager, NOW)
    session.commit()
    assert set(session.scalars(select(Topic.theme_id))) == {last.id}
    assert [queries.theme(session, one.id).id for one in (theme, middle, last)] == [last.id] * 3
    assert changes(session) == [("merge", "battery drains", "middle"), ("merge", "middle", "last")]
    assert [row.id for row in queries.other_themes(session, last.id)] == []


def test_a_theme_is_merged_neither_into_itself_nor_into_one_that_is_merged(
    session: Session, theme: Theme, manager: Account
) -> None:
    other = make_theme(session, "other")
    with pytest.raises(Invalid):
        service.merge(session, theme, theme, manager, NOW)
    service.merge(session, theme, other, manager, NOW)
    session.commit()
    with pytest.raises(Invalid):
        service.merge(session, other, theme, manager, NOW)


def test_themes_that_lead_in_a_circle_are_not_found(session: Session, theme: Theme) -> None:
    other = make_theme(session, "other")
    theme.merged_into_id, other.merged_into_id = other.id, theme.id
    session.commit()
    with pytest.raises(NotFound):
        queries.theme(session, theme.id)


def test_a_correction_is_kept_by_the_text_and_the_place(
    session: Session, make: Factory, theme: Theme, manager: Account
) -> None:
    mention = say(make, theme, "The battery drains fast")
    placing.relabel(session, mention, "positive", None, manager, NOW)
    placing.relabel(session, mention, None, "praise", manager, NOW)
    session.commit()
    kept = session.scalars(select(Verdict)).one()
    text_hash = session.scalars(select(Verbatim.text_hash)).one()
    assert (kept.text_hash, kept.start, kept.sentiment, kept.intent) == (text_hash, 0, "positive", "praise")
    assert (mention.sentiment, mention.intent) == ("positive", "praise")
    assert mention.score > 0


@pytest.mark.parametrize(
    ("sentiment", "least", "most"), [("negative", -1, -0.5), ("neutral", 0, 0), ("positive", 0.5, 1)]
)
def test_the_score_agrees_with_a_corrected_sentiment(
    session: Session, make: Factory, theme: Theme, manager: Account, sentiment: str, least: float, most: float
) -> None:
    for score in (-0.8, 0.1, 0.9):
        mention = say(make, theme, "The battery drains fast", score=score)
        placing.relabel(session, mention, sentiment, None, manager, NOW)
        assert least <= mention.score <= most


@pytest.mark.parametrize(("sentiment", "intent"), [("angry", None), (None, "rage"), ("NEGATIVE", None)])
def test_there_are_no_other_labels(
    session: Session, make: Factory, theme: Theme, manager: Account, sentiment: str | None, intent: str | None
) -> None:
    with pytest.raises(Invalid):
        placing.relabel(session, say(make, theme, "The battery drains"), sentiment, intent, manager, NOW)


def test_decisions_made_on_the_page_are_shown_with_their_history(
    client: FlaskClient, session: Session, theme: Theme, manager: Account
) -> None:
    other = make_theme(session, "duplicate")
    path, twin = f"/insights/themes/{theme.id}", f"/insights/themes/{other.id}"
    into = {"into": theme.id}
    sign_in(client, manager)
    assert client.post(f"{path}/name", data={"name": "Battery <life>"}).status_code == 302
    assert client.post(f"{path}/status", data={"status": "planned"}).status_code == 302
    assert client.post(f"{twin}/merge", data=into).status_code == 302
    assert "<h1>Battery &lt;life&gt;</h1>" in client.get(path).get_data(as_text=True)
    page = client.get(f"/insights/history?theme={theme.id}").get_data(as_text=True)
    assert "renamed from" in page
    assert "merged" in page
    assert "planned" in page
    assert client.get(twin).location == path
    assert client.post(f"{path}/status", data={"status": "forgotten"}).status_code == 422
    assert client.post(f"{path}/merge", data={"into": "99"}).status_code == 404
    assert client.post("/insights/mentions/99/correction").status_code == 404
    assert client.get(f"{path}?days=7").status_code == 404


def test_a_topic_without_mentions_still_has_its_page(client: FlaskClient, theme: Theme, manager: Account) -> None:
    path = f"/insights/themes/{theme.id}"
    sign_in(client, manager)
    assert client.get(path).status_code == 200


def test_deleting_the_question_takes_the_mention_from_its_theme(
    session: Session, make: Factory, theme: Theme, manager: Account
) -> None:
    author = make.account()
    number = say(make, theme, "The battery drains fast", by=author).id
    questions.remove(session, session.scalars(select(Question)).one(), author, NOW)
    session.commit()
    assert queries.quotes(session, [number]) == {}
    assert session.scalars(select(Mention)).all() == []


def test_the_page_of_small_talk_says_why_it_is_ignored(
    client: FlaskClient, session: Session, manager: Account, theme: Theme
) -> None:
    talk = make_theme(session, "Small talk", "闲聊")
    talk.is_ignored = True
    session.query(Topic).filter(Topic.theme_id == talk.id).update({"is_talk": True})
    session.commit()
    numbers = (talk.id, theme.id)
    sign_in(client, manager)
    pages = [client.get(f"/insights/themes/{number}").get_data(as_text=True) for number in numbers]
    assert ["share a tone and no matter" in page for page in pages] == [True, False]
    assert client.get("/insights/themes").get_data(as_text=True).count(">ignored<") == 1


def test_a_theme_of_customers_and_the_look_of_the_page_have_each_its_own_word(
    client: FlaskClient, session: Session, manager: Account
) -> None:
    make_theme(session)
    manager.locale = "zh_CN"
    session.commit()
    sign_in(client, manager)
    page = client.get("/insights/themes").get_data(as_text=True)
    assert '<th scope="col">主题</th>' in page
    assert "<legend>外观</legend>" in page
