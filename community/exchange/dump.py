"""A Stack Exchange dump on disk: its rows, read one at a time, and what their attributes mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from community.errors import Invalid

Row = dict[str, str]


@dataclass(frozen=True)
class Dump:
    """The folder of one site's dump."""

    folder: Path
    site: str

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def rows(self, name: str) -> Iterator[Row]:
        """The attributes of each row, in bounded memory. Raises Invalid where the file is broken."""
        root: Element | None = None
        try:
            with (self.folder / name).open("rb") as file:
                for event, element in iterparse(file, events=("start", "end")):
                    if root is None:
                        root = element
                    elif event == "end" and element.tag == "row":
                        yield dict(element.attrib)
                        root.clear()  # or the rows read so far would stay
        except ParseError as error:
            place = f"{name}, line {error.position[0]}"
            raise Invalid(f"{place}: not well-formed XML; what came before it is kept") from error
        except DefusedXmlException as error:
            raise Invalid(f"{name}: entities are not allowed in a dump") from error

    def key(self, row_id: str) -> str:
        """The external id of an account or a post."""
        return f"stackexchange:{self.site}:{row_id}"

    def comment_key(self, row_id: str) -> str:
        """Comments are numbered apart from posts, but stand in the same table."""
        return self.key(f"comment-{row_id}")


def required(row: Row, name: str) -> str:
    """Raises Invalid if the attribute is missing or empty."""
    if not row.get(name, "").strip():
        raise Invalid(f"{name} missing")
    return row[name].strip()


def row_id(row: Row, name: str = "Id") -> str:
    """Raises Invalid unless the attribute is a number, which keeps external ids short."""
    value = required(row, name)
    if not value.removeprefix("-").isdecimal() or len(value) > 19:
        raise Invalid(f"{name} is not a number")
    return value


def number(row: Row, name: str) -> int:
    """0 if it is missing. Raises Invalid."""
    return int(row_id(row, name)) if row.get(name) else 0


def moment(row: Row, name: str, now: datetime) -> datetime:
    """In UTC, and not after `now`; `now` if it is missing. Raises Invalid."""
    try:
        at = datetime.fromisoformat(row[name]) if row.get(name) else now
    except ValueError as error:
        raise Invalid(f"{name} is not a date") from error
    return min(at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC), now)
