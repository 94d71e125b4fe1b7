"""The quotes of issued reports, read from the texts where they stand: what was deleted or edited since is no quote any more."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.insights.queries import Quote, quotes_of_report
from community.masking import mask
from community.models import Answer, Post, Report, ReportQuote, Verbatim


def quotes_of(session: Session, report: Report) -> dict[int, Quote]:
    """Number of the quote in the content -> the quote, personal data masked; one statement for an issued report."""
    if not report.is_issued:
        return quotes_of_report(session, report.content)
    question_id = func.coalesce(Answer.__table__.c.question_id, Post.id)
    rows = session.execute(
        select(ReportQuote, Verbatim, question_id)
        .join(Verbatim, Verbatim.id == ReportQuote.verbatim_id)
        .join(Post, Post.id == Verbatim.post_id, isouter=True)
        .where(ReportQuote.report_id == report.id, ReportQuote.text_hash == Verbatim.text_hash)
    )
    return {place.mention: as_quote(place, verbatim, asked) for place, verbatim, asked in rows}


def as_quote(place: ReportQuote, verbatim: Verbatim, question_id: int | None) -> Quote:
    return Quote(
        place.mention, mask(verbatim.text[place.start : place.end]), place.sentiment, place.score, place.intent,
        verbatim.channel, verbatim.language or "und", verbatim.said_at,
        None if verbatim.is_private else question_id, None if verbatim.is_private else verbatim.post_id,
        verbatim.is_private, verbatim.customer_id,
    )  # fmt: skip


def removed(content: dict[str, Any], quotes: dict[int, Quote]) -> int:
    """How many quotes of the report are gone with their texts."""
    return sum(key not in quotes for theme in content["themes"].values() for key in theme["quotes"])
