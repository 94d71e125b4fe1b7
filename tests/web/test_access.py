"""Who may open what. A new address without a row here fails."""

from collections.abc import Mapping

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.models import (
    ApiToken,
    CannedReason,
    CannedReply,
    Complaint,
    ComplaintChange,
    Correction,
    Event,
    Flag,
    LogEntry,
    Mention,
    Note,
    Outcome,
    Passkey,
    Post,
    QueueItem,
    RoutingRule,
    Theme,
)
from tests.factories import Factory, sign_in
from tests.web.world import World, asked_in, case_in, populate

READERS = ("stranger", "customer", "asker", "agent", "moderator", "manager", "admin")
ALL = (200, 200, 200, 200, 200, 200, 200)
MEMBERS = (302, 200, 200, 200, 200, 200, 200)
NOWHERE_BUT_STRANGERS = (302, 404, 404, 404, 404, 404, 404)  # without what its form would send
NOWHERE = (404, 404, 404, 404, 404, 404, 404)
STRANGERS = (200, 302, 302, 302, 302, 302, 302)
AGENTS = (302, 404, 404, 200, 404, 404, 200)
MANAGERS = (302, 404, 404, 404, 404, 200, 200)
MODERATORS = (302, 404, 404, 404, 200, 404, 200)
ELSEWHERE = (302, 302, 302, 302, 302, 302, 302)  # a step that nobody is at
BY_TOKEN = (401, 401, 401, 401, 401, 401, 401)  # a cookie is nobody there

# The numbers in the addresses are those of the asker's question and complaint.
PAGES: Mapping[str, tuple[int, ...]] = {
    "/": ALL,
    "/api/v1/complaints/<int:complaint_id>": BY_TOKEN,
    "/api/v1/me": BY_TOKEN,
    "/api/v1/openapi.json": ALL,
    "/api/v1/questions": ALL,
    "/api/v1/questions/<int:question_id>": ALL,
    "/api/v1/search": (422, 422, 422, 422, 422, 422, 422),
    "/ask": MEMBERS,
    "/bootstrap/static/<path:filename>": ALL,
    "/complaints": MEMBERS,
    "/complaints/<int:complaint_id>": (302, 404, 200, 200, 404, 404, 200),
    "/complaints/<int:complaint_id>/attachments/<int:attachment_id>": (302, 404, 200, 200, 404, 404, 200),
    "/complaints/<int:complaint_id>/publication": (302, 404, 403, 200, 404, 404, 200),
    "/publish/<publication_token>": ALL,
    "/complaints/new": MEMBERS,
    "/customers": AGENTS,
    "/customers/<int:customer_id>": AGENTS,
    "/drafts": MEMBERS,
    "/fs-static/<path:filename>": ALL,
    "/inbox": AGENTS,
    "/inbox/figures": AGENTS,
    "/rate/<rating_token>": ALL,
    "/inbox/mails": AGENTS,
    "/inbox/mails/<int:mail_id>.eml": AGENTS,
    "/inbox/canned": AGENTS,
    "/inbox/canned/<int:canned_id>": AGENTS,
    "/insights": MANAGERS,
    "/insights/definitions": MANAGERS,
    "/insights/gaps": MANAGERS,
    "/insights/history": MANAGERS,
    "/insights/mentions/<int:mention_id>": MANAGERS,
    "/insights/alerts": MANAGERS,
    "/insights/alerts/<int:alert_id>": MANAGERS,
    "/insights/reports": MANAGERS,
    "/insights/reports/<int:report_id>": MANAGERS,
    "/insights/reports/<int:report_id>.<any(md, json, html, xlsx):form>": MANAGERS,
    "/insights/reports/<int:report_id>/compare/<int:other_id>": MANAGERS,
    "/insights/reports/<int:report_id>/print": MANAGERS,
    "/insights/reports/compare": NOWHERE_BUT_STRANGERS,
    "/insights/reports/new": MANAGERS,
    "/insights/reports/orders/<int:order_id>": MANAGERS,
    "/insights/subscriptions": MANAGERS,
    "/insights/themes/<int:theme_id>": MANAGERS,
    "/insights/routing": MANAGERS,
    "/insights/themes": MANAGERS,
    "/insights/themes/<int:theme_id>/evidence.<any(md, csv, json):file_form>": MANAGERS,
    "/insights/themes/<int:theme_id>/outcome": MANAGERS,
    "/you-said": ALL,
    "/you-said.atom": ALL,
    "/you-said/<int:outcome_id>": ALL,
    "/you-said/stop/<stop_token>": ALL,
    "/insights/themes/<int:theme_id>/quotes": MANAGERS,
    "/join": STRANGERS,
    "/moderation": MODERATORS,
    "/moderation/items/<int:item_id>": MODERATORS,
    "/moderation/log": ALL,
    "/moderation/posts/<int:post_id>": (302, 404, 404, 404, 302, 404, 302),
    "/moderation/people/<handle>": MODERATORS,
    "/moderation/reasons": MODERATORS,
    "/moderation/reasons/<int:reason_id>": MODERATORS,
    "/moderation/tags": MODERATORS,
    "/posts/<int:post_id>/curation": MODERATORS,
    "/questions/<int:question_id>/original": NOWHERE,
    "/standing": MEMBERS,
    "/standing/<key>": NOWHERE,
    "/posts/<int:post_id>/flag": MEMBERS,
    "/password": MEMBERS,
    "/feeds/watched/<key>.atom": NOWHERE,
    "/posts/<int:post_id>": (302,) * 7,
    "/posts/<int:post_id>/comments": MEMBERS,
    "/posts/<int:post_id>/edit": (302, 403, 200, 403, 200, 403, 403),
    "/posts/<int:post_id>/revisions": ALL,
    "/questions": ALL,
    "/questions.atom": ALL,
    "/questions/<any(active, unanswered, unsolved, hot):order>": ALL,
    "/questions/<any(active, unanswered, unsolved, hot):order>.atom": ALL,
    "/questions/<int:question_id>": ALL,
    "/questions/<int:question_id>/information": MEMBERS,
    "/questions/watched": MEMBERS,
    "/robots.txt": ALL,
    "/runs": MANAGERS,
    "/search": ALL,
    "/search/suggest": ALL,
    "/searches": MEMBERS,
    "/sign-in": STRANGERS,
    "/sitemap.xml": ALL,
    "/sitemaps/questions-<int:page>.xml": ALL,
    "/static/<path:filename>": ALL,
    "/tags/suggest": MEMBERS,
    "/uploads/<image_key>.webp": ALL,
    "/notifications": MEMBERS,
    "/notifications/<int:notification_id>/open": (302, 404, 302, 404, 404, 404, 404),
    "/settings/notifications": MEMBERS,
    "/tags": ALL,
    "/badges": ALL,
    "/badges/<badge_key>": ALL,
    "/home": MEMBERS,
    "/people": ALL,
    "/people/<handle>": ALL,
    "/settings/profile": MEMBERS,
    "/goodbye": STRANGERS,
    "/settings/privacy": MEMBERS,
    "/settings/privacy/deletion": MEMBERS,
    "/settings/privacy/export": MEMBERS,
    "/unsubscribe/<mail_token>": ALL,
    "/confirm": ALL,
    "/confirm/<token>": ELSEWHERE,
    "/reset": ALL,
    "/reset/<token>": ELSEWHERE,
    "/settings/authenticator": MEMBERS,
    "/settings/email": MEMBERS,
    "/settings/email/<token>": ELSEWHERE,
    "/settings/passkeys": MEMBERS,
    "/settings/passkeys/deletion": ELSEWHERE,
    "/settings/recovery-codes": MEMBERS,
    "/settings/security": MEMBERS,
    "/settings/tokens": MEMBERS,
    "/sign-in/again": MEMBERS,
    "/sign-in/again/passkey": MEMBERS,
    "/sign-in/code": ELSEWHERE,
    "/sign-in/passkey": STRANGERS,
    "/sign-in/recovery-code": ELSEWHERE,
    "/sign-in/rescue": (404, 404, 404, 404, 404, 404, 404),
    "/sign-in/second-step": ELSEWHERE,
}
LINKS_OF_MAILS = {"/confirm/<token>", "/reset/<token>", "/settings/email/<token>"}  # these are good for nothing here
FILES = {
    "/bootstrap/static/<path:filename>": "css/bootstrap.min.css",
    "/fs-static/<path:filename>": "js/base64.js",
    "/static/<path:filename>": "js/page.js",
}

# What these readers get who must not do it; the asker's question, complaint and a theme must not change by it.
OF_AGENTS = {"customer": 404, "asker": 403, "moderator": 404, "manager": 404}
WORK = (
    "/complaints/<int:complaint_id>/facts", "/complaints/<int:complaint_id>/looking",
    "/complaints/<int:complaint_id>/merge", "/complaints/<int:complaint_id>/unmerge",
    "/complaints/<int:complaint_id>/messages/<int:message_id>/undo", "/complaints/<int:complaint_id>/notes",
    "/complaints/<int:complaint_id>/escalation", "/complaints/<int:complaint_id>/snooze",
    "/complaints/<int:complaint_id>/publication",
    "/complaints/<int:complaint_id>/publication/withdrawal",
)  # fmt: skip
IN_THE_INBOX = (
    "/inbox/canned", "/inbox/canned/<int:canned_id>", "/inbox/canned/<int:canned_id>/deletion", "/inbox/changes", "/inbox/mails/<int:mail_id>/deletion", "/inbox/mails/<int:mail_id>/retry",
)  # fmt: skip
OF_MANAGERS = (
    "/insights/themes/<int:theme_id>/acting", "/insights/routing", "/insights/routing/<int:rule_id>",
    "/insights/routing/<int:rule_id>/place", "/insights/routing/<int:rule_id>/deletion",
    "/insights/themes/<int:theme_id>/outcome", "/insights/outcomes/<int:outcome_id>/publication",
    "/insights/outcomes/<int:outcome_id>/withdrawal", "/insights/outcomes/<int:outcome_id>/deletion",
)  # fmt: skip
REFUSED: Mapping[str, Mapping[str, int]] = {
    **{rule: dict.fromkeys(("customer", "asker", "agent", "moderator"), 404) for rule in OF_MANAGERS},
    "/answers/<int:answer_id>/acceptance": dict.fromkeys(("customer", "agent", "moderator", "manager", "admin"), 403),
    "/complaints/<int:complaint_id>/assignment": {"customer": 404, "asker": 403, "moderator": 404, "manager": 404},
    **dict.fromkeys(WORK, OF_AGENTS),
    **{rule: dict.fromkeys(("customer", "asker", "moderator", "manager"), 404) for rule in IN_THE_INBOX},
    "/complaints/<int:complaint_id>/replies": {"customer": 404, "moderator": 404, "manager": 404},
    "/complaints/<int:complaint_id>/rating": {
        "customer": 404,
        "agent": 403,
        "moderator": 404,
        "manager": 404,
        "admin": 403,
    },
    "/complaints/<int:complaint_id>/status": {"customer": 404, "asker": 403, "moderator": 404, "manager": 404},
    "/complaints/new": dict.fromkeys(("agent", "moderator", "manager", "admin"), 403),
    "/insights/mentions/<int:mention_id>/correction": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/corrections/<int:correction_id>/undoing": dict.fromkeys(
        ("customer", "asker", "agent", "moderator"), 404
    ),
    "/insights/mentions/<int:mention_id>/kept": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/mentions/<int:mention_id>/rejection": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/mentions/<int:mention_id>/theme": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/mentions/<int:mention_id>/words": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/reports/new": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/subscriptions": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/subscriptions/refusal": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/subscriptions/<int:subscription_id>/deletion": dict.fromkeys(
        ("customer", "asker", "agent", "moderator", "admin"), 404
    ),
    "/insights/themes/<int:theme_id>/ignored": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/themes/<int:theme_id>/owner": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/themes/<int:theme_id>/pin": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/themes/<int:theme_id>/split": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/themes/<int:theme_id>/merge": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/themes/<int:theme_id>/name": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/themes/<int:theme_id>/status": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/moderation/items/<int:item_id>/claim": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/items/<int:item_id>/decision": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/decisions": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/reasons": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/reasons/<int:reason_id>": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/reasons/<int:reason_id>/retirement": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/tags": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/posts/<int:post_id>/curation": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/people/<handle>": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/standing/appeal": dict.fromkeys(("customer", "asker", "agent", "moderator", "manager", "admin"), 404),
    "/moderation/log/undoing": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/posts/<int:post_id>/flag": {"asker": 403},
    "/posts/<int:post_id>/flag/withdrawal": dict.fromkeys(
        ("customer", "asker", "agent", "moderator", "manager", "admin"), 404
    ),
    "/posts/<int:post_id>/deletion": dict.fromkeys(("customer", "agent", "manager", "admin"), 403),
    "/posts/<int:post_id>/edit": dict.fromkeys(("customer", "agent", "manager", "admin"), 403),
    "/answers/<int:answer_id>/kind": {"customer": 403, "asker": 403},
    "/posts/<int:post_id>/revisions/<int:number>/restoration": dict.fromkeys(
        ("customer", "agent", "manager", "admin"), 403
    ),
    "/posts/<int:post_id>/revisions/<int:number>/removal": dict.fromkeys(
        ("customer", "asker", "agent", "manager"), 404
    ),
    "/posts/<int:post_id>/vote": {"asker": 403},
    "/products/<slug>/watch": {},
    "/questions/<int:question_id>/information": {"asker": 403},
    "/questions/<int:question_id>/information/withdrawal": {},
    "/questions/<int:question_id>/me-too": {"asker": 403},
    "/questions/<int:question_id>/watch": {},
    "/tags/<slug>/watch": {},
    "/posts/<int:post_id>/comments": {},
    "/questions/<int:question_id>/answers": {},
    "/ask": {},
    "/drafts": {},
    "/drafts/<int:draft_id>/deletion": dict.fromkeys(("customer", "agent", "moderator", "manager", "admin"), 404),
    "/drafts/<int:draft_id>/restoration": dict.fromkeys(("customer", "agent", "moderator", "manager", "admin"), 404),
    "/preview": {},
    "/uploads": {},
    "/password": {},
    "/notifications/<int:notification_id>/read": dict.fromkeys(
        ("customer", "agent", "moderator", "manager", "admin"), 404
    ),
    "/notifications/read": {},
    "/notifications/seen": {},
    "/settings/notifications": {},
    "/searches": {},
    "/searches/<int:search_id>": dict.fromkeys(("customer", "agent", "moderator", "manager", "admin"), 404),
    "/searches/<int:search_id>/deletion": dict.fromkeys(("customer", "agent", "moderator", "manager", "admin"), 404),
    "/settings/profile": {},
    "/settings/privacy/consents/<any(profiling, visits):kind>": {},
    "/settings/authenticator": {},
    "/settings/authenticator/<token>": {},
    "/settings/email": {},
    "/settings/passkeys": {},
    "/settings/passkeys/<int:passkey_id>/name": dict.fromkeys(
        ("customer", "agent", "moderator", "manager", "admin"), 404
    ),
    "/settings/passkeys/<token>": {},
    "/settings/passkeys/deletion": {},
    "/settings/recovery-codes": {},
    "/settings/sign-ins/<int:sign_in_id>/end": dict.fromkeys(
        ("customer", "agent", "moderator", "manager", "admin"), 404
    ),
    "/settings/sign-ins/end": {},
    "/settings/tokens": {},
    "/settings/tokens/<int:token_id>/revocation": dict.fromkeys(
        ("customer", "agent", "moderator", "manager", "admin"), 404
    ),
    "/sign-in/again": {},
    "/sign-in/again/passkey": {},
    "/sign-in/again/passkey/<token>": {},
    "/settings/privacy/deletion": dict.fromkeys(("customer", "asker", "agent", "moderator", "manager", "admin"), 422),
}
FOR_PROGRAMS = {  # by token: tests/api
    "/api/v1/questions", "/api/v1/questions/<int:question_id>/answers", "/api/v1/posts/<int:post_id>/comments",
    "/api/v1/complaints",
}  # fmt: skip
FOR_STRANGERS = {
    "/language/<locale>", "/sign-in", "/join", "/sign-out", "/unsubscribe/<mail_token>", "/you-said/stop/<stop_token>", "/rate/<rating_token>",
    "/publish/<publication_token>", "/confirm", "/confirm/<token>",
    "/standing/<key>/appeal", "/reset", "/reset/<token>", "/sign-in/code", "/sign-in/passkey", "/sign-in/passkey/<token>",
    "/sign-in/recovery-code", "/sign-in/rescue", "/sign-in/second-step",
}  # fmt: skip
WORDS = {
    "title": "Taken over", "body": "Taken over", "name": "Taken over", "status": "done", "value": "1", "into": "1",
    "sentiment": "positive", "theme": "2", "owner": "1", "mention": "1", "subject": "Taken over",
    "reason": "spam", "text": "Taken over", "kind": "silence", "days": "3",
}  # fmt: skip


def rules(app: Flask, method: str) -> set[str]:
    return {str(rule) for rule in app.url_map.iter_rules() if method in (rule.methods or ())}


def address(app: Flask, world: World, rule: str) -> str:
    found = next(one for one in app.url_map.iter_rules() if str(one) == rule)
    values = world.numbers | {"filename": FILES.get(rule)}
    with app.test_request_context():
        return url_for(found.endpoint, **{name: values[name] for name in found.arguments if name in values})


def test_every_address_has_its_row(app: Flask) -> None:
    assert rules(app, "GET") == set(PAGES)
    assert rules(app, "POST") == set(REFUSED) | FOR_STRANGERS | FOR_PROGRAMS


@pytest.mark.parametrize("reader", READERS)
def test_each_reader_opens_what_the_table_says(
    app: Flask, client: FlaskClient, make: Factory, session: Session, reader: str
) -> None:
    world = populate(make, session)
    if reader != "stranger":
        sign_in(client, world.accounts[reader])
    got = {rule: client.get(address(app, world, rule)) for rule in PAGES}
    assert {rule: answer.status_code for rule, answer in got.items()} == {
        rule: row[READERS.index(reader)] for rule, row in PAGES.items()
    }
    if reader == "stranger":
        led = [
            got[rule]
            for rule in PAGES
            if rule not in LINKS_OF_MAILS | {"/posts/<int:post_id>"} and got[rule].status_code == 302
        ]
        assert {answer.location.split("?")[0] for answer in led} == {"/sign-in"}


@pytest.mark.parametrize("reader", READERS)
def test_who_may_not_do_it_changes_nothing(
    app: Flask, client: FlaskClient, make: Factory, session: Session, reader: str
) -> None:
    world = populate(make, session)
    before = state(session, world)
    if reader == "stranger":
        expected = dict.fromkeys(REFUSED, 302)
    else:
        sign_in(client, world.accounts[reader])
        expected = {rule: row[reader] for rule, row in REFUSED.items() if reader in row}
    expected |= dict.fromkeys(FOR_PROGRAMS, 401)
    got = {rule: client.post(address(app, world, rule), data=WORDS).status_code for rule in expected}
    assert got == expected
    session.rollback()
    assert state(session, world) == before


def state(session: Session, world: World) -> list[object]:
    session.expire_all()
    asked, case = asked_in(world, session), case_in(world, session)
    theme = session.get_one(Theme, world.numbers["theme_id"])
    mention = session.get_one(Mention, world.numbers["mention_id"])
    found = [
        asked.title, asked.body, asked.score, asked.deleted_at, asked.solved_at, asked.answer_count,
        case.status, case.assignee_id, theme.name, theme.status, theme.merged_into_id, theme.is_pinned, theme.is_ignored, theme.owner_id, mention.sentiment,
        mention.topic_id, theme.department, theme.note, session.get_one(Outcome, world.numbers["outcome_id"]).state,
        *(session.query(table).count() for table in (Post, Complaint, Event, ApiToken, Passkey, Correction, Theme, Flag, LogEntry, QueueItem, CannedReason, CannedReply, ComplaintChange, Note, RoutingRule, Outcome)),
    ]  # fmt: skip
    session.rollback()
    return found
