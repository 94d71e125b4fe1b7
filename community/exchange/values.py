"""One cell or attribute at a time: text as stored, moments, statuses, headings and slugs."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

from community.errors import Invalid
from community.models import STATUSES

LONGEST_BODY = 100_000  # characters
SUBJECT_LENGTH = 80  # characters of the body that stand in for a subject
LONGEST_SUBJECT = 200  # characters, as the column has it
AHEAD = timedelta(days=1)  # how far in the future a date without a zone may seem to lie
DATE_FORMATS = (
    "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y", "%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S",
)  # fmt: skip
SENTENCE_END = re.compile(r"[.!?…](?=\s)|[。！？]")


def clean(text: str) -> str:
    """Text as stored: entities resolved, line ends as one character, no NUL (PostgreSQL keeps none), trimmed."""
    return unescape(text).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def line_of(text: str) -> str:
    """The same on one line."""
    return " ".join(clean(text).split())


def subject_of(body: str) -> str:
    """The first sentence or 80 characters of the body, word for word: mining must not read it a second time."""
    line = body.split("\n", 1)[0]
    end = SENTENCE_END.search(line)
    if end:
        line = line[: end.end()]
    if len(line) <= SUBJECT_LENGTH:
        return line.rstrip()
    head, space, _ = line[: SUBJECT_LENGTH + 1].rpartition(" ")
    return head.rstrip() if space else line[:SUBJECT_LENGTH]


def moment(text: str, date_format: str | None, now: datetime) -> datetime:
    """When it was; `now` if the text is empty; UTC where it names no zone. Raises Invalid."""
    text = text.strip()
    if not text:
        return now
    try:
        at = _read_moment(text, date_format)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("created_at cannot be read as a date (see --date-format)") from error
    if at > now + AHEAD:
        raise Invalid("created_at lies in the future")
    return at


def check_date_format(date_format: str | None, now: datetime) -> None:
    """Raises Invalid for a format that could not even read what it wrote."""
    try:
        if date_format is not None:
            datetime.strptime(now.strftime(date_format), date_format)
    except ValueError as error:
        raise Invalid(f'--date-format "{date_format}" cannot be used: {error}') from error


def status_of(text: str) -> str:
    """One of the five; new if the text is empty. Raises Invalid."""
    status = text.strip().casefold() or "new"
    if status not in STATUSES:
        raise Invalid(f"status is none of {', '.join(STATUSES)}")
    return status


def slug_of(name: str, longest: int = 80) -> str:
    """The name as part of an address: letters of any script, digits and dashes."""
    return re.sub(r"[\W_]+", "-", name.casefold())[:longest].strip("-")


def _read_moment(text: str, date_format: str | None) -> datetime:
    # a given format replaces the guesses: day-first dates must not fall through to month-first ones
    formats = DATE_FORMATS if date_format is None else (date_format,)
    for read in (datetime.fromisoformat, *(_by(one) for one in formats)):
        try:
            return read(text)
        except ValueError:
            continue
    raise ValueError("no format fits")


def _by(date_format: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, date_format)
