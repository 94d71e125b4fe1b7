"""Which column of a CSV file holds which field of a complaint, as the administrator says with `--map`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from community.errors import Invalid

FIELDS = ("external_id", "address", "name", "subject", "body", "created_at", "product", "status", "city")


@dataclass(frozen=True)
class Source:
    """Where a field's value comes from: a column by its place, or a text that is the same for every row."""

    place: int | None
    literal: str = ""

    def of(self, cells: Sequence[str]) -> str:
        return self.literal if self.place is None else cells[self.place]


def mapping_of(options: Sequence[str], columns: Sequence[str]) -> dict[str, Source]:
    """The source of each mapped field. Raises Invalid for what is unknown, given twice or missing."""
    sources: dict[str, Source] = {}
    for option in options:
        name, _, column = option.partition("=")
        name = name.strip()
        if name not in FIELDS:
            raise Invalid(f'unknown field "{name}" in --map; fields are {", ".join(FIELDS)}')
        if name in sources:
            raise Invalid(f'field "{name}" is mapped twice')
        sources[name] = _source(name, column, columns)
    if "body" not in sources:
        raise Invalid(f"--map body=COLUMN is missing; {_told(columns)}")
    return sources


def values_of(sources: Mapping[str, Source], cells: Sequence[str]) -> dict[str, str]:
    """The text of every field, empty where none is mapped."""
    return {name: sources[name].of(cells) if name in sources else "" for name in FIELDS}


def _source(name: str, column: str, columns: Sequence[str]) -> Source:
    if column.startswith("="):
        if name == "external_id":
            raise Invalid("external_id must tell the rows apart: map it to a column, or leave it out")
        return Source(None, column[1:])
    if columns.count(column) > 1:
        raise Invalid(f'the file has several columns "{column}"; rename one')
    if column not in columns:
        raise Invalid(f'unknown column "{column}" in --map {name}; {_told(columns)}')
    return Source(columns.index(column))


def _told(columns: Sequence[str]) -> str:
    return "the file has the columns " + ", ".join(f'"{column}"' for column in columns)
