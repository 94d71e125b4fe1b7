"""What tests are about, made through the services, so that events and verbatims are there too."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community import verbatims
from community.complaints import service as complaints
from community.models import Account, Answer, Comment, Complaint, Product, Question
from community.names import free_handle
from community.questions import service as questions
from community.recognition import customer_of, recognise
from community.roles import ensure_roles

PASSWORD = "a long test password"


@dataclass
class Factory:
    """Each verb commits, so that other sessions see what was made."""

    session: Session
    now: datetime
    made: int = 0

    def account(self, name: str = "", *roles: str) -> Account:
        """An account that can sign in with PASSWORD; a customer unless roles are given."""
        self.made += 1
        name = name or f"Person {self.made}"
        known = ensure_roles(self.session)
        account = Account(
            name=name, email=f"{name.lower().replace(' ', '.')}.{self.made}@example.org", password=PASSWORD, active=True,
            fs_uniquifier=uuid4().hex, created_at=self.now, confirmed_at=self.now, may_profile=True, trust="member",
            handle=free_handle(self.session, name), roles=[known[role] for role in roles or ("customer",)],
        )  # fmt: skip
        self.session.add(account)
        self.session.commit()
        return account

    def product(self, slug: str = "lamp") -> Product:
        product = Product(slug=slug, name=slug.title(), name_zh="灯")
        self.session.add(product)
        self.session.commit()
        return product

    def question(
        self, by: Account | None = None, title: str = "How do I reset it?", body: str = "It hangs.", **more: object
    ) -> Question:
        asked = questions.ask(
            self.session,
            title,
            body,
            more.get("product"),
            more.get("tags", ()),
            by or self.account(),
            more.get("now", self.now),  # type: ignore[arg-type]
        )
        self.session.commit()
        return asked

    def answer(
        self, question: Question, by: Account | None = None, body: str = "Hold the button.", now: datetime | None = None
    ) -> Answer:
        given = questions.answer(self.session, question, body, by or self.account(), now or self.now)
        self.session.commit()
        return given

    def comment(self, parent: Question | Answer, by: Account | None = None, body: str = "Which button?") -> Comment:
        written = questions.comment(self.session, parent, body, by or self.account(), self.now)
        self.session.commit()
        return written

    def complaint(
        self,
        by: Account | None = None,
        body: str = "The lamp broke after two days.",
        subject: str = "Broken",
        now: datetime | None = None,
    ) -> Complaint:
        by = by or self.account()
        now = now or self.now
        customer = customer_of(self.session, by, now)
        assert customer is not None
        opened = complaints.open_complaint(self.session, customer, subject, body, None, by, now)
        self.session.commit()
        return opened

    def contact(self, text: str, address: str = "", channel: str = "email", now: datetime | None = None) -> Complaint:
        """A complaint that came by another channel, from a customer without an account."""
        self.made += 1
        now = now or self.now
        address = address or f"someone{self.made}@example.org"
        customer = recognise(self.session, channel, address, address, now)
        opened = Complaint(
            customer_id=customer.id,
            channel=channel,
            external_id=f"made-{self.made}",
            subject=text[:60],
            body=text,
            created_at=now,
        )
        self.session.add(opened)
        self.session.flush()
        verbatims.of_complaint(self.session, opened, now)
        self.session.commit()
        return opened


def sign_in(client: FlaskClient, account: Account) -> None:
    """Through the page, as a person does."""
    response = client.post("/sign-in", data={"email": account.email, "password": PASSWORD})
    assert response.status_code == 302, response.get_data(as_text=True)[:2000]
