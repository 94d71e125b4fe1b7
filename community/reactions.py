"""What follows from an event: the one table of event kind -> functions, and their delivery.

A reaction takes the events of its kinds in one batch. It may be called twice for the same event, and then does the
same again. It runs after the commit of the change, in the worker.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from flask import current_app
from sqlalchemy.orm import Session

from community import briefing, outbox, publishing, reputation, sweeping
from community.batches import batches
from community.db import db, writing
from community.models import Event
from community.moderation.looking_again import look_at_alike
from community.moderation.outside import ask_outside
from community.notifications.decisions import tell_of_decisions
from community.notifications.service import notify
from community.notifications.turns import tell_of_turns
from community.outcomes import telling
from community.privacy import afterwards
from community.search import service as search
from community.search.index import IndexBusy
from community.search.reindexing import reindex_author
from community.search.related import relate

log = logging.getLogger(__name__)

Reaction = Callable[[Session, Sequence[Event]], None]


def index_posts(session: Session, events: Sequence[Event]) -> None:
    """Bring the search index in line with these posts."""
    search.apply(current_app.config["SEARCH_INDEX_DIR"], session, [event.subject_id for event in events])


def index_touched(session: Session, events: Sequence[Event]) -> None:
    """Bring the search index in line with the posts that changed as an account was renamed or went."""
    ids = sorted({post_id for event in events for post_id in event.details.get("post_ids", ())})
    for some in batches(ids):  # a commit each
        search.apply(current_app.config["SEARCH_INDEX_DIR"], session, some)


REACTIONS: dict[str, tuple[Reaction, ...]] = {
    "question.asked": (index_posts, relate, reputation.recount, ask_outside, notify),
    "question.edited": (index_posts, relate, reputation.recount, notify),
    "question.deleted": (index_posts, relate, sweeping.remove_with_posts, reputation.recount),
    "question.hidden": (index_posts, relate, reputation.recount),
    "question.shown": (index_posts, relate, reputation.recount),
    "answer.given": (index_posts, reputation.recount, ask_outside, notify, publishing.tell_of_answers),
    "answer.edited": (index_posts, reputation.recount, notify),
    "answer.deleted": (index_posts, sweeping.remove_with_posts, reputation.recount),
    "answer.hidden": (index_posts, reputation.recount),
    "answer.shown": (index_posts, reputation.recount),
    "answer.accepted": (reputation.recount, notify, publishing.tell_of_answers),
    "answer.unaccepted": (reputation.recount,),
    "comment.written": (index_posts, reputation.recount, ask_outside, notify),
    "comment.edited": (index_posts, reputation.recount, notify),
    "comment.deleted": (index_posts, sweeping.remove_with_posts, reputation.recount),
    "comment.hidden": (index_posts, reputation.recount),
    "comment.shown": (index_posts, reputation.recount),
    "information.requested": (notify,),
    "question.shared": (reputation.recount,),
    "vote.cast": (reputation.recount,),
    "account.joined": (reputation.recount,),
    "account.renamed": (reindex_author, index_touched),
    "account.erased": (reindex_author, index_touched, afterwards.remove_files),
    "publication.agreed": (publishing.publish,),
    "complaint.opened": (),
    "complaint.replied": (tell_of_turns,),
    "complaint.moved": (),
    "alert.raised": (briefing.tell_of_alerts,),
    "report.issued": (briefing.tell_of_reports,),
    "theme.changed": (telling.go_on,),
    "outcome.published": (telling.tell_of_outcomes,),
    "entry.written": (tell_of_decisions,),
    "likeness.found": (look_at_alike,),
}


def deliver_pending(now: datetime | None = None, most: int = 500) -> int:
    """Claim and deliver one batch of due events; how many were finished."""
    now = now or datetime.now(UTC)
    with writing():
        events = outbox.claim(db.session(), now, most)
        db.session.flush()
        for event in events:  # kept as loaded: reading one again would open a read that cannot become a write
            db.session.expunge(event)
        db.session.commit()
    if not events:
        return 0
    done = deliver_batch(events)
    db.session.rollback()  # ends what the reactions read
    with writing():
        outbox.finish(db.session(), done, datetime.now(UTC))
        db.session.commit()
    return len(done)


def deliver_batch(events: Sequence[Event]) -> list[Event]:
    """All of them at once, or when something failed one by one; those that were delivered."""
    try:
        react(events)
    except IndexBusy as error:  # another process writes it: all of them wait, not one after another
        db.session.rollback()
        with writing():
            for event in events:
                outbox.fail(db.session(), event, str(error), datetime.now(UTC))
            db.session.commit()
        log.warning("reactions: %d events wait: %s", len(events), error)
        return []
    except Exception:
        db.session.rollback()
        log.warning("reactions: a batch of %d failed, trying one by one", len(events), exc_info=True)
        return deliver_one_by_one(events)
    return list(events)


def deliver_one_by_one(events: Sequence[Event]) -> list[Event]:
    """Find the event that fails; it is noted on its row and tried again later."""
    done = []
    for event in events:
        try:
            react([event])
            done.append(event)
        except Exception as error:
            db.session.rollback()
            with writing():
                outbox.fail(db.session(), event, f"{type(error).__name__}: {error}", datetime.now(UTC))
                db.session.commit()
            log.error("reactions: event %d (%s) failed", event.id, event.kind, exc_info=True)
    return done


def keep_index() -> bool:
    """Build the search index when there is none that can be read; whether it was built. Cheap otherwise."""
    return search.ensure(current_app.config["SEARCH_INDEX_DIR"], db.session())


def mend_index() -> int:
    """Compare the search index with the tables and mend what differs; how many posts did."""
    folder = current_app.config["SEARCH_INDEX_DIR"]
    different = search.check(folder, db.session()).post_ids
    for ids in batches(different):  # a commit each: others may write in between
        search.apply(folder, db.session(), ids)
    return len(different)


def react(events: Sequence[Event]) -> None:
    by_reaction: dict[Reaction, list[Event]] = defaultdict(list)
    for event in events:
        for reaction in REACTIONS[event.kind]:
            by_reaction[reaction].append(event)
    for reaction, members in by_reaction.items():
        reaction(db.session(), members)
