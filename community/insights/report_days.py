"""The days of a report as people read them: in the zone it was made in, and its end as the last day that belongs to it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import get_locale

from community.insights.blueprint import insights


@insights.app_template_filter("report_day")
def report_day(moment: datetime, report: Any, is_last: bool = False) -> str:
    """`report` is one, or a row with its kind and zone. A renewed report ends now, an issued one with a day."""
    if report.kind != "rolling" and is_last:
        moment -= timedelta(microseconds=1)
    return str(format_date(moment.astimezone(ZoneInfo(report.zone or "UTC")), "medium", locale=get_locale()))


@insights.app_template_filter("week_before")
def week_before(end: datetime, weeks: int) -> Any:
    """The day on which the last but so many whole weeks before the end begins."""
    return (end - timedelta(weeks=weeks)).date()
