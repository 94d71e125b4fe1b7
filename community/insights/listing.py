"""The list of themes as work: what is whose, how far it is, and by when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from community.errors import NotFound
from community.insights.acting import ENDED
from community.insights.queries import latest_report
from community.models import DEPARTMENTS, THEME_STATUSES, Account, Theme

PAGE = 40
MOST_PAGES = 100


@dataclass(frozen=True)
class Wanted:
    """What the reader asked for; empty is all."""

    status: str = ""
    department: str = ""
    owner: str = ""  # mine, nobody
    is_overdue: bool = False
    sort: str = ""  # customers; else what is due first

    @property
    def chosen(self) -> dict[str, str]:
        """As the address keeps it."""
        found = {"status": self.status, "department": self.department, "owner": self.owner}
        found |= {"due": "over" if self.is_overdue else "", "sort": self.sort}
        return {name: value for name, value in found.items() if value}

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chosen.keys() - {"sort"})


@dataclass(frozen=True)
class Line:
    """One theme of the list. `customers` is None where the latest report does not show it."""

    theme: Theme
    owner: str | None
    customers: int | None


@dataclass(frozen=True)
class Page:
    """Some of the list."""

    rows: list[Line]
    number: int
    has_more: bool


def wanted(fields: Mapping[str, str]) -> Wanted:
    """Raises NotFound for what there is not."""
    status, department, owner = (fields.get(name, "") for name in ("status", "department", "owner"))
    if status not in ("", "open", *THEME_STATUSES) or department not in ("", "none", *DEPARTMENTS):
        raise NotFound
    sort = fields.get("sort", "")
    if owner not in ("", "mine", "nobody") or sort not in ("", "customers"):
        raise NotFound
    return Wanted(status, department, owner, fields.get("due") == "over", sort)


def page(session: Session, what: Wanted, reader: Account, today: date, number: int) -> Page:
    """What is due first, then what most customers speak of, then the newest. Two statements, and the latest report."""
    number = max(1, min(number, MOST_PAGES))
    report = latest_report(session)
    shown: Mapping[str, Any] = report.content["themes"] if report else {}
    customers = {int(key): theme["now"]["customers"] for key, theme in shown.items()}
    rows = (
        select(Theme, Account.name)
        .join(Account, Account.id == Theme.owner_id, isouter=True)
        .where(Theme.merged_into_id.is_(None), *conditions(what, reader, today))
        .order_by(*order(what.sort, customers), Theme.id.desc())
        .limit(PAGE + 1)
        .offset((number - 1) * PAGE)
    )
    found = session.execute(rows).all()
    lines = [Line(theme, owner, customers.get(theme.id)) for theme, owner in found[:PAGE]]
    return Page(lines, number, len(found) > PAGE)


def order(sort: str, customers: Mapping[int, int]) -> tuple[ColumnElement[Any], ...]:
    """Themes that the report does not show have fewer customers than all that it shows; what has ended is not due."""
    most = (case(customers, value=Theme.id, else_=0).desc(),) if customers else ()
    if sort == "customers":
        return most
    due = case((Theme.status.in_(ENDED), None), else_=Theme.due_on)
    return due.is_(None), due.asc(), *most


def conditions(what: Wanted, reader: Account, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if what.status == "open":
        found.append(Theme.status.not_in(ENDED))
    elif what.status:
        found.append(Theme.status == what.status)
    if what.department == "none":
        found.append(Theme.department.is_(None))
    elif what.department:
        found.append(Theme.department == what.department)
    if what.owner:
        found.append(Theme.owner_id == reader.id if what.owner == "mine" else Theme.owner_id.is_(None))
    if what.is_overdue:
        found += [Theme.due_on < today, Theme.status.not_in(ENDED)]
    return found


def overdue(session: Session, today: date) -> int:
    """How many are."""
    late = (Theme.due_on < today) & Theme.status.not_in(ENDED) & Theme.merged_into_id.is_(None)
    return session.scalar(select(func.count(Theme.id)).where(late)) or 0
