"""How often an account wants mail of each kind: now, daily, weekly or never; and all of it paused."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from community.errors import Invalid
from community.models import FREQUENCIES, NOTIFICATIONS, Account, Preference

DEFAULTS = {
    "reply": "now", "mention": "now", "accepted": "now", "needs information": "now", "watched": "daily",
    "saved search": "daily", "badge": "weekly", "alert": "now", "decision": "now",
    "report": "now", "outcome": "now",
}  # fmt: skip
PAUSED = "all"  # a row of this kind that says never: no mail of any kind


def frequencies(session: Session, account_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """What each of these accounts chose: kind -> frequency, defaults filled in; all never while paused."""
    chosen: dict[int, dict[str, str]] = defaultdict(dict)
    for row in session.execute(
        select(Preference.account_id, Preference.kind, Preference.frequency).where(
            Preference.account_id.in_(account_ids)
        )
    ):
        chosen[row.account_id][row.kind] = row.frequency
    return {account_id: _in_force(chosen[account_id]) for account_id in account_ids}


def _in_force(chosen: Mapping[str, str]) -> dict[str, str]:
    if chosen.get(PAUSED) == "never":
        return dict.fromkeys(DEFAULTS, "never")
    return {kind: chosen.get(kind, default) for kind, default in DEFAULTS.items()}


def own(session: Session, account: Account) -> tuple[dict[str, str], bool]:
    """As the settings page shows them: kind -> frequency, whatever is paused; and whether all is paused."""
    chosen = _chosen(session, account.id)
    return {kind: chosen.get(kind, default) for kind, default in DEFAULTS.items()}, chosen.get(PAUSED) == "never"


def _chosen(session: Session, account_id: int) -> dict[str, str]:
    rows = select(Preference.kind, Preference.frequency).where(Preference.account_id == account_id)
    return dict(session.execute(rows).tuples().all())


def save(session: Session, account_id: int, wanted: Mapping[str, str], is_paused: bool) -> None:
    """Keep these choices; kinds that are not named stay as they are. Raises Invalid."""
    if not set(wanted) <= set(NOTIFICATIONS) or not set(wanted.values()) <= set(FREQUENCIES):
        raise Invalid(_("Mail comes now, daily, weekly or never."))
    rows = dict(wanted) | ({PAUSED: "never"} if is_paused else {})
    session.execute(
        delete(Preference).where(Preference.account_id == account_id, Preference.kind.in_([*wanted, PAUSED]))
    )
    session.add_all(Preference(account_id=account_id, kind=kind, frequency=often) for kind, often in rows.items())
    session.flush()


def stop(session: Session, account_id: int, what: str) -> dict[str, str]:
    """Stop mails of one kind, of the digest, or all; what was set before, for `restore`."""
    chosen = _chosen(session, account_id)
    kinds = _stopped_by(what, _in_force(chosen))
    session.execute(delete(Preference).where(Preference.account_id == account_id, Preference.kind.in_(kinds)))
    session.add_all(Preference(account_id=account_id, kind=kind, frequency="never") for kind in kinds)
    session.flush()
    return {kind: chosen.get(kind, "") for kind in kinds}


def _stopped_by(what: str, in_force: Mapping[str, str]) -> list[str]:
    if what == "all":
        return [PAUSED]
    if what == "digest":
        return [kind for kind, often in in_force.items() if often in {"daily", "weekly"}]
    return [what]


def restore(session: Session, account_id: int, before: Mapping[str, str]) -> None:
    """Take a stop back: no frequency means that there was no choice, so the default holds again."""
    session.execute(delete(Preference).where(Preference.account_id == account_id, Preference.kind.in_(list(before))))
    session.add_all(
        Preference(account_id=account_id, kind=kind, frequency=often) for kind, often in before.items() if often
    )
    session.flush()
