"""A small community in which every page has something to show, and what a test looks for in a page's HTML."""

from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community import uploads
from community.accounts.service import make_token
from community.complaints import attaching, canned, publishing, rating
from community.complaints import service as complaints
from community.insights import acting, routing
from community.insights import service as themes
from community.mail_addresses import case_token, stop_token
from community.models import (
    Account,
    Alert,
    CannedReason,
    Complaint,
    Draft,
    Notification,
    Passkey,
    Profile,
    Question,
    ReceivedMail,
    Report,
    ReportOrder,
    Run,
    SavedSearch,
    Signal,
    SignIn,
    Subscription,
    Theme,
)
from community.moderation import flags
from community.outcomes import service as outcomes
from community.outcomes.words import stop_url
from community.questions import service as questions
from community.questions.votes import vote
from mining import overview
from tests.conftest import NOW
from tests.factories import PASSWORD, Factory
from tests.insights.making import lately, make_report, make_theme, say
from tests.writing.pictures import encoded, file_of

STAFF = ("agent", "moderator", "manager", "admin")
CODE = "Try `this`:\n\n```python\nprint('hi')  # why\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quoted\n\n[link](https://example.org)"


EFFECT = {
    "days": 28, "least_days": 7, "least": 5, "customers": 12, "others": 20,
    "mentions": {"before": 1.2, "after": 0.1, "others_before": 1.0, "others_after": 0.9, "difference": -1.0, "low": -1.4, "high": -0.6},
    "sentiment": {"before": -0.5, "after": 0.1, "others_before": -0.4, "others_after": -0.3, "difference": 0.5, "low": -0.1, "high": 1.1},
}  # fmt: skip


@dataclass
class World:
    """Accounts by role (and the asker, who wrote all of it) and the numbers that go into addresses."""

    accounts: dict[str, Account]
    numbers: dict[str, Any]


def populate(make: Factory, session: Session) -> World:
    accounts = {role: make.account(role.title(), role) for role in STAFF}
    accounts["asker"], accounts["customer"] = make.account("Asker"), make.account("Other")
    asker, agent = accounts["asker"], accounts["agent"]
    image = uploads.store(session, file_of(encoded()), asker, NOW)
    asked = make.question(
        asker, title="Why <b>does</b> it hang?", body=CODE, product=make.product(), tags=["light", "lamp"]
    )
    given = make.answer(asked, agent, body=CODE)
    make.comment(given, asker)
    questions.accept(session, asked, given, asker, NOW)
    questions.edit(session, asked, "Why does it <i>hang</i>?", CODE + "!", asker, NOW)
    vote(session, given, 1, asker, NOW)
    case = make.complaint(asker, body="Call me at 138 0013 8000 <script>alert(1)</script>")
    said = complaints.reply(session, case, "We are sorry.", agent, NOW)
    complaints.note(session, case, "<b>Careful</b>, a regular.", agent, NOW)
    complaints.label(session, case, ["refund"], agent, NOW)
    [file] = attaching.keep(session, case, None, [attaching.File("<b>.txt", "text/plain", b"words")], NOW)
    often = canned.write(session, None, "Thanks <b>", "Dear {customer}, thank you.", "谢谢 {customer}", agent, NOW)
    judged = rating.ask(session, case, NOW)
    proposed = publishing.propose(session, case, "Why <b>so</b>?", CODE, agent, NOW)
    theme = make_theme(session)
    make_theme(session, "other theme")
    mentions = [say(make, theme, f"The battery drains within {n} hours", language="en") for n in range(5)]
    mentions.append(say(make, theme, "The battery of mine drains too", by=asker))
    corrected = themes.rename(session, theme, "The <b>battery</b>", accounts["manager"], NOW)
    manager, first = accounts["manager"], lately().date()
    acting.set_department(session, theme, "logistics", manager, NOW)
    acting.set_note(session, theme, "A <b>new</b> cell.", manager, NOW)
    acting.set_due(session, theme, first, manager, NOW)
    rule = routing.save_rule(session, None, "<b>drains</b>, 电池", None, "problem", "", "product", manager, NOW)
    themes.set_status(session, theme, "done", manager, NOW)
    words = {"title": "A <b>better</b> battery", "title_zh": "更好的电池", "body": CODE, "body_zh": "更**好**的电池"}
    told_of = outcomes.save(session, theme, words, first, manager, lately(0))
    outcomes.publish(session, told_of, manager, lately(0))
    told_of.effect = EFFECT
    outcomes.save(session, theme, words, first, manager, lately(0))
    session.commit()
    report = make_report(session, theme, [row.id for row in mentions])
    issued = issued_reports(session, report, theme, accounts["manager"])
    overview.store(session, overview.all_periods(session, report.ends_at, 5), report.ends_at)
    session.commit()
    customer_id = asker.customer_id
    session.add_all(
        [
            Profile(customer_id=customer_id, loyalty=35, level="at risk", stage="active", reasons={"mood": -9.5}, computed_at=NOW),
            Signal(customer_id=customer_id, kind="mood", weight=-9.5, at=NOW, mention_id=mentions[-1].id),
            Run(job="mining", worker="w", started_at=lately(), finished_at=lately(), status="failed", counts={"verbatims": 3}, error="<oops>"),
        ]
    )  # fmt: skip
    draft = Draft(account_id=asker.id, place="ask", title="Why <b>not</b>?", body=CODE, saved_at=NOW)
    session.add(draft)
    told = Notification(
        account_id=asker.id, kind="reply", question_id=asked.id, post_id=given.id, actor_id=agent.id, created_at=NOW
    )
    session.add(told)
    token, _text = make_token(session, asker, "a script", True, 30, NOW)
    opened = SignIn(account_id=asker.id, token_hash="0" * 64, created_at=NOW, expires_at=lately() + timedelta(days=9))
    passkey = Passkey(
        user_id=asker.id, credential_id=b"id", public_key=b"key", backup_state=True, device_type="multi_device",
        create_datetime=NOW, lastuse_datetime=NOW, name="my phone", usage="first",
    )  # fmt: skip
    search = SavedSearch(
        account_id=asker.id, name="<b>Mine</b>", query="lamp -is:solved", frequency="daily", created_at=NOW, ran_at=NOW
    )
    refused = ReceivedMail(
        message_id="<a@b>", outcome="automatic", received_at=NOW, sender="<b>@example.org", subject="<b>Away</b>",
        size=4, original=b"From",
    )  # fmt: skip
    own_reason = CannedReason(name="Serial <b>number</b>", text="Never <b>post</b> one.", changed_at=NOW)
    session.add_all([opened, passkey, search, refused, own_reason])
    flagged = flags.flag(session, asked, "other", "Why <b>so</b> short?", make.account("Flagger"), NOW)
    session.commit()
    numbers = {
        "token": "nothing", "token_id": token.id, "sign_in_id": opened.id, "passkey_id": passkey.id,
        "handle": asker.handle, "badge_key": "first-question",
        "item_id": flagged.item_id, "draft_id": draft.id, "image_key": image.key, "search_id": search.id,
        "notification_id": told.id, "mail_token": stop_token(asker.id, "reply"),
        "question_id": asked.id, "post_id": asked.id, "answer_id": given.id, "complaint_id": case.id,
        "mail_id": refused.id, "publication_token": case_token("publication", proposed.id),
        "rating_token": case_token("rating", judged.id), "message_id": said.id, "attachment_id": file.id, "canned_id": often.id, "reason_id": own_reason.id,
        "customer_id": customer_id, "theme_id": theme.id, "report_id": report.id, **issued, "mention_id": mentions[0].id,
        "outcome_id": told_of.id, "rule_id": rule.id, "stop_token": stop_url(customer_id or 0).rpartition("/")[2],
        "correction_id": corrected.id if corrected else 0,
        "form": "html", "file_form": "md", "order": "unsolved", "locale": "en", "kind": "profiling", "number": 1, "page": 0, "slug": "lamp", "key": "nobody's",
    }  # fmt: skip
    session.commit()
    return World(accounts, numbers)


def issued_reports(session: Session, report: Report, theme: Theme, by: Account) -> dict[str, int]:
    """A report like that one of the month before, an order, a subscription and an alert; their numbers."""
    length = report.ends_at - report.starts_at
    other = Report(
        kind="chosen", key="order:1", starts_at=report.starts_at - length, ends_at=report.starts_at,
        created_at=report.created_at, content=report.content | {"zone": "UTC", "products": {}},
    )  # fmt: skip
    order = ReportOrder(account_id=by.id, first_day=NOW.date(), last_day=NOW.date(), asked_at=NOW)
    wanted = Subscription(account_id=by.id, what="weekly", key="weekly:all", created_at=NOW)
    alert = Alert(
        kind="leaving", about="all", day=lately().date(), last_day=lately().date(), count=9, expected=2.1, low=0.0,
        high=4.8, first_seen_at=lately(),
    )  # fmt: skip
    session.add_all([other, order, wanted, alert])
    session.flush()
    return {"other_id": other.id, "order_id": order.id, "subscription_id": wanted.id, "alert_id": alert.id}


def asked_in(world: World, session: Session) -> Question:
    return session.get_one(Question, world.numbers["question_id"])


def case_in(world: World, session: Session) -> Complaint:
    return session.get_one(Complaint, world.numbers["complaint_id"])


class Page(HTMLParser):
    """What a page consists of: elements with their attributes, and forms with the names of their fields."""

    def __init__(self, html: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.forms: list[tuple[dict[str, str], dict[str, str]]] = []
        self.inline_scripts: list[str] = []
        self.is_data = False
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.elements.append((tag, values))
        self.inside = tag
        self.is_data = values.get("type") == "application/ld+json"  # never run: the policy lets it be
        if tag == "form":
            self.forms.append((values, {}))
        if tag in {"input", "textarea", "select", "button"} and self.forms and "name" in values:
            self.forms[-1][1][values["name"]] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script" and data.strip() and not self.is_data:
            self.inline_scripts.append(data)

    def links(self, at: str) -> list[str]:
        """Addresses within the site, without their fragments."""
        found = [
            urldefrag(urljoin(at, attrs["href"])).url for tag, attrs in self.elements if tag == "a" and "href" in attrs
        ]
        return [link for link in found if not urlsplit(link).netloc]

    def refused_by_the_policy(self) -> list[str]:
        """What the content policy would keep from working, and what it would not but should."""
        wrong = [f"inline script {text[:40]}" for text in self.inline_scripts]
        for tag, attrs in self.elements:
            if tag in {"style", "iframe", "object", "embed", "base", "frame"}:
                wrong.append(f"<{tag}>")
            for name, value in attrs.items():
                if name == "style" or name.startswith("on"):
                    wrong.append(f"<{tag} {name}={value}>")
                if name in {"href", "src", "action", "formaction"} and value.strip().lower().startswith(
                    ("javascript:", "data:", "vbscript:")
                ):
                    wrong.append(f"<{tag} {name}={value}>")
                if name == "src" and urlsplit(value).netloc:
                    wrong.append(f"<{tag} {name}={value}> from elsewhere")
                is_loaded = attrs.get("rel") not in {"canonical", "alternate"}
                if tag == "link" and name == "href" and urlsplit(value).netloc and is_loaded:
                    wrong.append(f"<{tag} {name}={value}> from elsewhere")
        return wrong


def csrf_token(client: FlaskClient, path: str = "/sign-in") -> str:
    page = Page(client.get(path).get_data(as_text=True))
    return next(fields["csrf_token"] for _, fields in page.forms if "csrf_token" in fields)


def sign_in_with_token(client: FlaskClient, account: Account) -> None:
    """As `sign_in`, where CSRF is on."""
    data = {"email": account.email, "password": PASSWORD, "csrf_token": csrf_token(client)}
    assert client.post("/sign-in", data=data).status_code == 302
