"""Two tags that mean the same become one: every use and watch goes over, and the old word leads to the new."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from flask_babel import gettext as _
from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from community.errors import Invalid
from community.models import Account, LogEntry, Question, Tag, TagSynonym, Watch, question_tag
from community.moderation import log
from community.moderation.changes import Changes
from community.questions.rules import tag_slug

MOST_USES = 5_000  # of a tag that is merged away; the log keeps each
MOST_SYNONYMS = 500


def merge_tags(session: Session, old: str, new: str, by: Account, now: datetime) -> LogEntry:
    """Whoever types `old` gets `new` from now on. `old` need not be a tag yet. Raises Invalid."""
    old, new = tag_slug(old), tag_slug(new)
    target = session.scalar(select(Tag).where(Tag.slug == new))
    if target is None or old == new or not old:
        raise Invalid(_("Name a tag and the other, existing one that it becomes."))
    if session.scalar(select(TagSynonym.id).where(TagSynonym.slug.in_((old, new)))):
        raise Invalid(_("One of them is a synonym already."))
    changes, target_id, labels = Changes(session, now), target.id, question_tag.c
    source = session.scalar(select(Tag).where(Tag.slug == old))
    if source:
        source_id = source.id
        uses = session.scalar(select(func.count()).where(labels.tag_id == source_id)) or 0
        if uses > MOST_USES:
            raise Invalid(_("The tag has more than %(most)s uses: merge it the other way round.", most=MOST_USES))
        for row in changes.delete(question_tag, labels.tag_id == source_id):
            changes.insert(question_tag, question_id=row["question_id"], tag_id=target_id)
        watch = cast(Table, Watch.__table__)
        for row in changes.delete(Watch, watch.c.tag_id == source_id):
            moved = {"account_id": row["account_id"], "level": row["level"], "created_at": row["created_at"]}
            changes.insert(Watch, tag_id=target_id, **moved)
        synonyms = cast(Table, TagSynonym.__table__)
        changes.update(TagSynonym, synonyms.c.tag_id == source_id, tag_id=target_id)
        changes.delete(Tag, cast(Table, Tag.__table__).c.id == source_id)
    changes.insert(TagSynonym, slug=old, tag_id=target_id)
    return log.write(session, "merge tags", by, now, changes=changes, details={"old": old, "new": new})


def write_down(
    session: Session, question: Question, old: Sequence[Tag], new: Sequence[Tag], by: Account, now: datetime
) -> None:
    """The row of the log about other tags of a question, from which they come back. None where they are the same."""
    before, after = {tag.id: tag.slug for tag in old}, {tag.id: tag.slug for tag in new}
    changes = Changes(session, now)
    for tag_id in sorted(before.keys() ^ after.keys()):
        row = {"question_id": question.id, "tag_id": tag_id}
        was_there = tag_id in before
        changes.note("question_tag", list(row.values()), row if was_there else None, None if was_there else row)
    if changes.rows:
        details = {"old": sorted(before.values()), "new": sorted(after.values()), "questions": [question.id]}
        log.write(session, "retag", by, now, post=question, changes=changes, details=details)


def synonyms(session: Session) -> list[tuple[str, str]]:
    """Each other word with the tag that it means."""
    rows = select(TagSynonym.slug, Tag.slug).join(Tag).order_by(TagSynonym.slug).limit(MOST_SYNONYMS)
    return list(session.execute(rows).tuples())


def merges(session: Session) -> list[LogEntry]:
    """The latest tag merges that stand."""
    undone = select(LogEntry.undoes_id).where(LogEntry.undoes_id.is_not(None))
    rows = select(LogEntry).where(LogEntry.action == "merge tags", LogEntry.id.not_in(undone))
    return list(session.scalars(rows.order_by(LogEntry.id.desc()).limit(50)))
