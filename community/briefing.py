"""Brings what insights found to those who want it: reactions to an alert that was raised and a report that was issued.

Here the insights, which know the words, and the notifications, which know the readers, are put together.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from community.insights import alerts as insight_alerts
from community.insights import rendering
from community.mail_addresses import page_url
from community.models import Alert, Event, Mention, Product, Report, ReportQuote
from community.notifications import alerts, reports

log = logging.getLogger(__name__)

FRESH = {"weekly": timedelta(days=8), "monthly": timedelta(days=32)}  # older ones, made up for later, are not mailed
OF_A_MAIL = {"problem": 4, "suggestion": 1, "praise": 1}  # themes of each kind: a mail should be read to its end


def tell_of_alerts(session: Session, events: Sequence[Event]) -> None:
    """Tell everyone who should hear of these alerts: a reaction."""
    for event in events:
        session.rollback()
        alert = session.scalar(
            select(Alert)
            .where(Alert.id == event.subject_id)
            .options(joinedload(Alert.theme), joinedload(Alert.product))
        )  # none: its theme is gone
        if alert:
            key, said = alert.id, insight_alerts.quotes_of(session, alert, current_app.config["K_ANONYMITY"])
            quoted = session.scalars(
                select(Mention.verbatim_id).where(Mention.id.in_([one.mention_id for one in said]))
            )
            log.info("alert %d: %d told", key, alerts.tell(session, alert, said, quoted.all(), datetime.now(UTC)))


def tell_of_reports(session: Session, events: Sequence[Event]) -> None:
    """Tell everyone who subscribed to these reports: a reaction."""
    for event in events:
        session.rollback()
        report = session.get(Report, event.subject_id)
        if report and is_fresh(report, event.created_at):
            key = report.id
            count = reports.tell(
                session, report, details_of(session, report), body_of(session, report), datetime.now(UTC)
            )
            log.info("report %d: %d told", key, count)


def is_fresh(report: Report, now: datetime) -> bool:
    return now - report.ends_at < FRESH.get(report.kind, timedelta())


def details_of(session: Session, report: Report) -> dict[str, Any]:
    """What the notification says: which report it is."""
    product = session.get(Product, report.product_id) if report.product_id else None
    zone = ZoneInfo(report.content.get("zone", "UTC"))
    last = report.ends_at - timedelta(microseconds=1)
    return {
        "kind": report.kind, "first": report.starts_at.astimezone(zone).date().isoformat(),
        "last": last.astimezone(zone).date().isoformat(), "name": product.name if product else "",
        "name_zh": product.name_zh if product else None,
    }  # fmt: skip


def body_of(session: Session, report: Report) -> reports.Body:
    """What a mail about the report says, written once for each language and choice of departments."""

    @lru_cache(maxsize=100)
    def body(language: str, departments: reports.Departments) -> dict[str, Any]:
        with force_locale(language):
            facts = rendering.context(report)
        picked = [theme for kind, most in OF_A_MAIL.items() for theme in of_kind(facts, kind, departments)[:most]]
        url = page_url(f"/insights/reports/{report.id}")
        said = [key for theme in picked for key in theme["quotes"][:1]]
        quoted = select(ReportQuote.verbatim_id).where(
            ReportQuote.report_id == report.id, ReportQuote.mention.in_(said)
        )
        return {
            "content": report.content, "quotes": facts["quotes"], "themes": picked,
            "url": f"{url}?department={departments[0]}" if len(departments) == 1 else url, "departments": departments,
            "quoted": session.scalars(quoted).all(),
        }  # fmt: skip

    return body


def of_kind(facts: dict[str, Any], kind: str, departments: reports.Departments) -> list[dict[str, Any]]:
    themes: list[dict[str, Any]] = dict(facts["sections"])[kind]
    return [theme for theme in themes if not departments or theme.get("department") in departments]
