"""The parts of an export: each reads what one file of the archive holds, row by row."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from community.models import (
    Account,
    ApiToken,
    Attachment,
    Award,
    Complaint,
    Consent,
    Customer,
    Draft,
    Flag,
    Identity,
    Interaction,
    Mention,
    Message,
    MeToo,
    Note,
    Notification,
    Passkey,
    Post,
    Preference,
    Product,
    Profile,
    Question,
    Rating,
    Revision,
    Sanction,
    SavedSearch,
    Signal,
    SignIn,
    Tag,
    Telling,
    Topic,
    Upload,
    Verbatim,
    Vote,
    Watch,
    question_tag,
)
from community.recognition import own_customers

BATCH = 100  # rows in memory; of posts at most 6 MB
Row = dict[str, Any]
post = Post.__table__.c


def batches(session: Session, rows: Select[Any], key: Any, hidden: str = "") -> Iterator[list[Row]]:
    """All rows by key, BATCH at a time, as dicts; `hidden` is the name under which the key is read but not told."""
    last: Any = None
    while True:
        page = rows.order_by(key).limit(BATCH)
        found = session.execute(page if last is None else page.where(key > last)).mappings().all()
        if found:
            last = found[-1][hidden or "id"]
            yield [{name: value for name, value in row.items() if name != hidden} for row in found]
        if len(found) < BATCH:
            return


def each(session: Session, rows: Select[Any], key: Any, hidden: str = "") -> Iterator[Row]:
    for batch in batches(session, rows, key, hidden):
        yield from batch


def account(session: Session, of: Account) -> Iterator[Row]:
    yield {
        "id": of.id, "name": of.name, "handle": of.handle, "email": of.email, "about": of.about,
        "created_at": of.created_at, "confirmed_at": of.confirmed_at, "language": of.locale,
        "reputation": of.reputation, "trust": of.trust, "has_password": of.password is not None,
        "second_factor": of.tf_primary_method, "may_profile": of.may_profile, "may_observe": of.may_observe,
        "roles": [role.name for role in of.roles],
    }  # fmt: skip


def customer(session: Session, of: Account) -> Iterator[Row]:
    """Who the company thinks they are, with addresses, level and stage."""
    ids = own_customers(session, of)
    rows = select(
        Customer.id, Customer.name, Customer.city, Customer.value, Customer.is_profiled,
        Customer.hears_outcomes, Customer.created_at, Profile.loyalty, Profile.level, Profile.stage, Profile.reasons, Profile.computed_at,
    ).join(Profile, isouter=True).where(Customer.id.in_(ids))  # fmt: skip
    for row in each(session, rows, Customer.id):
        addresses = select(Identity.channel, Identity.address).where(Identity.customer_id == row["id"])
        yield row | {"identities": [dict(one) for one in session.execute(addresses).mappings()]}


def signals(session: Session, of: Account) -> Iterator[Row]:
    rows = select(
        Signal.id, Signal.kind, Signal.weight, Signal.at, Signal.mention_id, Signal.complaint_id, Signal.post_id
    ).where(Signal.customer_id.in_(own_customers(session, of)))
    return each(session, rows, Signal.id)


def contacts(session: Session, of: Account) -> Iterator[Row]:
    rows = select(
        Interaction.id, Interaction.channel, Interaction.reason, Interaction.at, Interaction.post_id,
        Interaction.complaint_id,
    ).where(Interaction.customer_id.in_(own_customers(session, of)))  # fmt: skip
    return each(session, rows, Interaction.id)


def tellings(session: Session, of: Account) -> Iterator[Row]:
    """Outcomes that they heard, or are to hear of."""
    rows = select(
        Telling.id, Telling.outcome_id, Telling.way, Telling.complaint_id, Telling.told_at, Telling.left_out
    ).where(Telling.customer_id.in_(own_customers(session, of)))
    return each(session, rows, Telling.id)


def texts(session: Session, of: Account) -> Iterator[Row]:
    """What was read of their texts, each with its mentions and how these were judged."""
    rows = select(
        Verbatim.id, Verbatim.channel, Verbatim.post_id, Verbatim.complaint_id, Verbatim.message_id, Verbatim.said_at,
        Verbatim.text, Verbatim.language, Verbatim.sentiment, Verbatim.score, Verbatim.intent, Verbatim.leaving,
    ).where(Verbatim.customer_id.in_(own_customers(session, of)))  # fmt: skip
    for batch in batches(session, rows, Verbatim.id):
        found: dict[int, list[Row]] = {row["id"]: [] for row in batch}
        mentions = select(
            Mention.id, Mention.verbatim_id, Mention.start, Mention.end, Mention.sentiment, Mention.score,
            Mention.intent, Mention.leaving, Topic.label.label("topic"),
        ).join(Topic, Topic.id == Mention.topic_id, isouter=True).where(Mention.verbatim_id.in_(found))  # fmt: skip
        for one in session.execute(mentions.order_by(Mention.start)).mappings():
            found[one["verbatim_id"]].append({name: one[name] for name in one if name != "verbatim_id"})
        for row in batch:
            yield row | {"mentions": found[row["id"]]}


def posts(session: Session, of: Account) -> Iterator[Row]:
    """Questions, answers and comments, each with how it read before; the deleted ones too, as long as they are kept."""
    rows = select(
        post.id, post.kind, post.question_id, post.parent_id, post.title, post.body, post.created_at, post.edited_at,
        post.deleted_at, post.score, post.accepted_at, post.solved_at, Product.name.label("product"),
    ).join(Product, Product.id == post.product_id, isouter=True).where(post.author_id == of.id)  # fmt: skip
    for batch in batches(session, rows, post.id):
        ids = [row["id"] for row in batch]
        tags, before = tags_of(session, ids), revisions_of(session, ids)
        for row in batch:
            yield row | {"tags": tags.get(row["id"], []), "revisions": before.get(row["id"], [])}


def tags_of(session: Session, ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = select(question_tag.c.question_id, Tag.slug).join(Tag).where(question_tag.c.question_id.in_(ids))
    for key, slug in session.execute(rows.order_by(Tag.slug)):
        found.setdefault(key, []).append(slug)
    return found


def revisions_of(session: Session, ids: list[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    rows = select(Revision.post_id, Revision.number, Revision.title, Revision.body, Revision.created_at)
    for row in session.execute(rows.where(Revision.post_id.in_(ids)).order_by(Revision.number)).mappings():
        found.setdefault(row["post_id"], []).append({name: row[name] for name in row if name != "post_id"})
    return found


def complaints(session: Session, of: Account) -> Iterator[Row]:
    """Each with the whole conversation, and with what agents noted: it is about them."""
    rows = select(
        Complaint.id, Complaint.channel, Complaint.subject, Complaint.body, Complaint.status, Complaint.created_at,
        Complaint.resolved_at, Product.name.label("product"),
    ).join(Product, isouter=True).where(Complaint.customer_id.in_(own_customers(session, of)))  # fmt: skip
    for batch in batches(session, rows, Complaint.id):
        said: dict[int, list[Row]] = {row["id"]: [] for row in batch}
        turns = select(Message.complaint_id, Message.from_customer, Message.body, Message.created_at)
        turns = turns.where(Message.complaint_id.in_(said)).order_by(Message.created_at, Message.id)
        for turn in session.execute(turns).mappings():
            said[turn["complaint_id"]].append({name: turn[name] for name in turn if name != "complaint_id"})
        notes = rows_of(session, Note, batch, "body", "created_at")
        judged = rows_of(session, Rating, batch, "score", "asked_at", "rated_at")
        files = rows_of(session, Attachment, batch, "name", "size", "created_at")
        for row in batch:
            key = row["id"]
            yield row | {
                "messages": said[key], "notes": notes.get(key, []), "ratings": judged.get(key, []),
                "files": files.get(key, []),
            }  # fmt: skip


def rows_of(session: Session, table: Any, batch: list[Row], *names: str) -> dict[int, list[Row]]:
    """What stands beside these cases, by case: these columns."""
    columns = [table.complaint_id, *(getattr(table, name) for name in names)]
    found: dict[int, list[Row]] = {}
    rows = select(*columns).where(table.complaint_id.in_([row["id"] for row in batch])).order_by(table.id)
    for row in session.execute(rows).mappings():
        found.setdefault(row["complaint_id"], []).append({name: row[name] for name in names})
    return found


def notifications(session: Session, of: Account) -> Iterator[Row]:
    rows = select(
        Notification.id, Notification.kind, Notification.question_id, Notification.post_id, Notification.details,
        Notification.created_at, Notification.read_at, Notification.mailed_at,
    ).where(Notification.account_id == of.id)  # fmt: skip
    return each(session, rows, Notification.id)


def watched(session: Session, of: Account) -> Iterator[Row]:
    rows = (
        select(
            Watch.id, Watch.level, Watch.question_id, Question.title.label("question"), Product.name.label("product"),
            Tag.slug.label("tag"), Watch.created_at,
        )
        .join(Question, Question.id == Watch.question_id, isouter=True)
        .join(Product, Product.id == Watch.product_id, isouter=True)
        .join(Tag, Tag.id == Watch.tag_id, isouter=True)
        .where(Watch.account_id == of.id)
    )  # fmt: skip
    return each(session, rows, Watch.id)


def me_too(session: Session, of: Account) -> Iterator[Row]:
    rows = select(MeToo.question_id, MeToo.created_at, MeToo.question_id.label("key"))
    return each(session, rows.where(MeToo.account_id == of.id), MeToo.question_id, "key")


def preferences(session: Session, of: Account) -> Iterator[Row]:
    rows = select(Preference.kind, Preference.frequency, Preference.kind.label("key"))
    return each(session, rows.where(Preference.account_id == of.id), Preference.kind, "key")


def plain(table: Any, owner: Any, *names: str) -> Callable[[Session, Account], Iterator[Row]]:
    """A part that is a table's rows as they are: these columns, and no others."""
    columns = [table.id, *(getattr(table, name) for name in names)]
    return lambda session, of: each(session, select(*columns).where(owner == of.id), table.id)


def own_uploads(session: Session, of: Account) -> Iterator[Upload]:
    """Images, to find their files by; unknown to the session."""
    rows = select(Upload.id, Upload.key).where(Upload.account_id == of.id)
    return (Upload(key=row["key"]) for row in each(session, rows, Upload.id))


PARTS: dict[str, Callable[[Session, Account], Iterator[Row]]] = {
    "account": account,
    "customer": customer,
    "consents": plain(Consent, Consent.account_id, "kind", "is_given", "at"),
    "signals": signals,
    "contacts": contacts,
    "tellings": tellings,
    "texts": texts,
    "posts": posts,
    "votes": plain(Vote, Vote.voter_id, "post_id", "value", "created_at"),
    "me_too": me_too,
    "flags": plain(Flag, Flag.account_id, "post_id", "reason", "text", "outcome", "created_at"),
    "sanctions": plain(
        Sanction, Sanction.account_id, "kind", "reason", "note", "begins_at", "ends_at", "lifted_at", "appealed_at"
    ),
    "complaints": complaints,
    "drafts": plain(Draft, Draft.account_id, "place", "title", "body", "product", "tags", "saved_at"),
    "uploads": plain(Upload, Upload.account_id, "key", "post_id", "width", "height", "size", "created_at"),
    "watched": watched,
    "notifications": notifications,
    "preferences": preferences,
    "saved_searches": plain(SavedSearch, SavedSearch.account_id, "name", "query", "frequency", "created_at"),
    "badges": plain(Award, Award.account_id, "badge", "post_id", "awarded_at"),
    "sign_ins": plain(SignIn, SignIn.account_id, "created_at", "expires_at", "browser", "last_seen_at", "means"),
    "passkeys": plain(Passkey, Passkey.user_id, "name", "usage", "device_type", "create_datetime", "lastuse_datetime"),
    "api_tokens": plain(ApiToken, ApiToken.account_id, "name", "may_write", "created_at", "expires_at", "last_used_at"),
}
