"""Who wants reports and alerts: of all, of one department, product or theme. Managers get all alerts unless they refuse."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from community.errors import Invalid, NotFound
from community.models import DEPARTMENTS, SUBSCRIPTIONS, Account, Product, Subscription, Theme

MOST = 50  # of one account
OF_ALERTS_ONLY = ("theme",)
DEFAULT_OF = "manager"  # who gets all alerts without asking


def subscribe(session: Session, what: str, of: str, by: Account, now: datetime) -> Subscription:
    """Wanted from now on; `of` is all, department:sales, product:3 or theme:7. Raises Invalid."""
    part, _colon, name = of.partition(":")
    if what not in SUBSCRIPTIONS or (part in OF_ALERTS_ONLY and what != "alerts"):
        raise Invalid(_("There is no such subscription."))
    wanted = Subscription(account_id=by.id, what=what, key=f"{what}:{of}", is_refused=False, created_at=now)
    aim(session, wanted, part, name)
    own = {row.key: row for row in rows_of(session, by.id)}
    if known := own.get(wanted.key):
        known.is_refused = False
        session.flush()
        return known
    if len(own) >= MOST:
        raise Invalid(_("You have %(most)s subscriptions; stop one first.", most=MOST))
    session.add(wanted)
    session.flush()
    return wanted


def aim(session: Session, wanted: Subscription, part: str, name: str) -> None:
    """Set what it is about. Raises Invalid."""
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 10 else 0
    if part == "department" and name in DEPARTMENTS:
        wanted.department = name
    elif part == "product" and session.get(Product, number) is not None:
        wanted.product_id = number
    elif part == "theme" and session.get(Theme, number) is not None:
        wanted.theme_id = number
    elif part != "all" or name:
        raise Invalid(_("There is no such subscription."))


def stop(session: Session, subscription_id: int, by: Account) -> Subscription:
    """Wanted no longer. Raises NotFound when it is not theirs."""
    found = session.get(Subscription, subscription_id)
    if found is None or found.account_id != by.id:
        raise NotFound
    if found.key == "alerts:all" and by.has_role(DEFAULT_OF):
        found.is_refused = True  # without a row they would get them again
    else:
        session.delete(found)
    session.flush()
    return found


def refuse_alerts(session: Session, by: Account, now: datetime) -> None:
    """No alerts of everything, although managers get them without asking."""
    subscribe(session, "alerts", "all", by, now).is_refused = True
    session.flush()


def own(session: Session, account: Account) -> Sequence[Subscription]:
    """What the account gets, the default included: that one has no id until it is refused."""
    rows = [row for row in rows_of(session, account.id) if not row.is_refused]
    if has_default(session, account):
        rows.insert(0, Subscription(what="alerts", key="alerts:all", is_refused=False))
    return rows


def has_default(session: Session, account: Account) -> bool:
    """Whether they get all alerts because they manage, and said nothing about it."""
    chose = select(Subscription.id).where(Subscription.account_id == account.id, Subscription.key == "alerts:all")
    return bool(account.has_role(DEFAULT_OF)) and session.scalar(chose) is None


def rows_of(session: Session, account_id: int) -> list[Subscription]:
    rows: Select[tuple[Subscription]] = (
        select(Subscription)
        .where(Subscription.account_id == account_id)
        .options(joinedload(Subscription.product))
        .order_by(Subscription.what, Subscription.id)
        .limit(MOST + 1)
    )
    return list(session.scalars(rows))


def themes_of(session: Session, subscriptions: Sequence[Subscription]) -> dict[int, Theme]:
    """Id -> theme, of those that they are about."""
    ids = [row.theme_id for row in subscriptions if row.theme_id]
    return {row.id: row for row in session.scalars(select(Theme).where(Theme.id.in_(ids)))} if ids else {}
