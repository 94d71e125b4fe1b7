"""What follows from each decision: one table of kind of item and outcome -> function.

Each says whether the person concerned should hear of it.
"""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Account, Flag, Post, QueueItem, SpamMark
from community.moderation import bursts, sanctions, spam
from community.moderation.changes import Changes
from community.moderation.hiding import TABLE, is_gone, mark_of

Effect = Callable[[Session, QueueItem, Post | None, Changes, Account], bool]


def hide(session: Session, item: QueueItem, post: Post | None, changes: Changes, by: Account) -> bool:
    """The flags are right: the post is out of sight, but for its author."""
    settle_flags(changes, item, "upheld")
    return _mark(changes, post, "hidden")


def delete(session: Session, item: QueueItem, post: Post | None, changes: Changes, by: Account) -> bool:
    """The post is out of sight for its author too."""
    settle_flags(changes, item, "upheld")
    if post and (item.kind == "held" or item.reason == "spam") and not is_gone(post):
        spam.learn(changes, post, True)
    return _mark(changes, post, "deleted")


def reject(session: Session, item: QueueItem, post: Post | None, changes: Changes, by: Account) -> bool:
    """The flags are wrong: a post that their weight had hidden comes back."""
    settle_flags(changes, item, "rejected")
    if post and item.reason == "spam" and not is_gone(post):
        spam.learn(changes, post, False)
    return _mark(changes, post, None)


def publish(session: Session, item: QueueItem, post: Post | None, changes: Changes, by: Account) -> bool:
    """The suspicion was wrong: everybody sees it from now on, and hears of it as of any new post."""
    if post and not is_gone(post):
        spam.learn(changes, post, False)
    return _mark(changes, post, None)


def grant(session: Session, item: QueueItem, post: Post | None, changes: Changes, by: Account) -> bool:
    """The sanction ends now; or the post is shown again, and who flagged it was wrong."""
    if item.post_id is None:
        sanctions.lift(changes, item.details.get("sanction_id", 0))
        return True
    if post and not is_gone(post):
        changes.update(Flag, (Flag.post_id == post.id) & (Flag.outcome == "upheld"), outcome="rejected")
        if session.get(SpamMark, post.id):
            spam.learn(changes, post, False)
        _mark(changes, post, None)
    return True


def refuse(session: Session, item: QueueItem, post: Post | None, changes: Changes, by: Account) -> bool:
    """What was decided stands; the person hears of it."""
    return True


def restore(session: Session, item: QueueItem, post: Post | None, changes: Changes, by: Account) -> bool:
    """The votes or flags count after all."""
    bursts.restore(session, item, changes)
    return False


def note_only(session: Session, item: QueueItem, post: Post | None, changes: Changes, by: Account) -> bool:
    """Nothing follows but that it is decided."""
    return False


EFFECTS: dict[tuple[str, str], Effect] = {
    ("flag", "hide"): hide,
    ("flag", "delete"): delete,
    ("flag", "reject"): reject,
    ("held", "publish"): publish,
    ("held", "delete"): delete,
    ("appeal", "grant"): grant,
    ("appeal", "refuse"): refuse,
    ("burst", "discard"): note_only,
    ("burst", "restore"): restore,
    ("escalation", "settle"): note_only,
}


def _mark(changes: Changes, post: Post | None, mark: str | None) -> bool:
    """Whether its author sees a difference; none for a post that is gone.

    Of what was split off the post is meant that has its words now. What was merged keeps leading to where its answers
    are: shown again, it is what it was, a merged question.
    """
    if post and mark_of(post) == "split":
        made = _led_to(changes, post)
        post = changes.session.get(Post, made) if made else None
    if post is None or is_gone(post):
        return False
    mark = mark or ("merged" if mark_of(post) and _led_to(changes, post) else None)
    if mark_of(post) == mark:
        return False
    changes.mark(post, mark)
    return True


def _led_to(changes: Changes, post: Post) -> int | None:
    return changes.session.scalar(select(TABLE.c.merged_into_id).where(TABLE.c.id == post.id))


def settle_flags(changes: Changes, item: QueueItem, outcome: str) -> None:
    changes.update(Flag, (Flag.item_id == item.id) & Flag.outcome.is_(None), outcome=outcome)
