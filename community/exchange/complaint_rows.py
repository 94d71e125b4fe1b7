"""A CSV file as rows of complaints, each with the lines it stands on, or with the reason why it is none."""

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TextIO

from community.errors import Invalid
from community.exchange.mapping import Source, mapping_of, values_of
from community.exchange.values import LONGEST_BODY, LONGEST_SUBJECT, clean, line_of, moment, status_of, subject_of

LONGEST_ID, LONGEST_ADDRESS = 120, 255  # characters, as the columns have them
FIELD_SIZE_LIMIT = min(sys.maxsize, 2**31 - 1)  # ours is LONGEST_BODY, which costs one row and not the file


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """One complaint, ready to be stored but for the ids of its customer and product."""

    external_id: str
    address: str
    name: str
    subject: str
    body: str
    created_at: datetime
    product: str
    status: str
    city: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is no complaint. Without a place it is merely skipped, with one it is an error."""

    reason: str
    place: str = ""


class Reader:
    """Reads rows as the mapping says. Learns how often each row stood in the file, to tell equal ones apart."""

    def __init__(self, file: TextIO, options: Sequence[str], encoding: str, date_format: str | None, now: datetime):
        csv.field_size_limit(FIELD_SIZE_LIMIT)
        self.encoding, self.date_format, self.now = encoding, date_format, now
        self.lines = csv.reader(file)
        self.columns = self._header()
        self.sources: dict[str, Source] = mapping_of(options, self.columns)
        self.repeats: Counter[bytes] = Counter()

    def rows(self) -> Iterator[ComplaintRow | Refused]:
        """Every row behind the header, in order."""
        while True:
            first = self.lines.line_num + 1
            try:
                yield self._row(next(self.lines))
            except StopIteration:
                return
            except (Invalid, csv.Error) as error:
                yield Refused(str(error), _place(first, self.lines.line_num))
            except UnicodeDecodeError as error:
                raise Invalid(f"line {first}: {self._undecodable()}") from error

    def _header(self) -> list[str]:
        try:
            columns = [column.strip() for column in next(self.lines, [])]
        except (UnicodeDecodeError, csv.Error) as error:
            raise Invalid(f"line 1: the header cannot be read: {self._undecodable()}") from error
        if _is_undecodable(columns):
            raise Invalid(f"line 1: {self._undecodable()}")
        if not any(columns):
            raise Invalid("the first line must hold the names of the columns; it is empty")
        return columns

    def _row(self, cells: list[str]) -> ComplaintRow | Refused:
        if not any(cells):
            return Refused("blank line")
        if _is_undecodable(cells):
            raise Invalid(self._undecodable())
        if len(cells) != len(self.columns):
            raise Invalid(f"{len(cells)} columns instead of {len(self.columns)}")
        digest = self._digest(cells)
        values = values_of(self.sources, cells)
        body = clean(values["body"])
        if not body:
            return Refused("empty body")
        if len(body) > LONGEST_BODY:
            raise Invalid(f"body longer than {LONGEST_BODY} characters")
        return self._complaint(values, body, digest)

    def _complaint(self, values: dict[str, str], body: str, digest: str) -> ComplaintRow:
        external_id, address = line_of(values["external_id"]) or digest, line_of(values["address"])
        for name, value, longest in (("external_id", external_id, LONGEST_ID), ("address", address, LONGEST_ADDRESS)):
            if len(value) > longest:
                raise Invalid(f"{name} longer than {longest} characters")
        return ComplaintRow(
            external_id=external_id, address=address, name=line_of(values["name"]),
            subject=line_of(values["subject"])[:LONGEST_SUBJECT] or subject_of(body), body=body,
            created_at=moment(values["created_at"], self.date_format, self.now), product=line_of(values["product"]),
            status=status_of(values["status"]), city=line_of(values["city"])[:80],
        )  # fmt: skip

    def _digest(self, cells: list[str]) -> str:
        """The same for the same row at every run; the n-th of equal rows gets a name of its own."""
        digest = sha256("\x1f".join(cells).encode()).digest()[:16]
        self.repeats[digest] += 1
        repeat = self.repeats[digest]
        return digest.hex() if repeat == 1 else f"{digest.hex()}-{repeat}"

    def _undecodable(self) -> str:
        return f"not {self.encoding}; try another --encoding (gb18030, big5, cp1252, utf-16)"


@contextmanager
def opened(
    path: Path, options: Sequence[str], encoding: str, date_format: str | None, now: datetime
) -> Iterator[Reader]:
    """A reader of this file. Raises Invalid if the encoding, the header or the mapping is wrong."""
    try:
        codec = "utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding
        # bytes that are no text become surrogates, so that they cost their own row and not the file
        file = path.open(encoding=codec, errors="surrogateescape", newline="")
    except LookupError as error:
        raise Invalid(f'unknown --encoding "{encoding}"') from error
    with file:
        yield Reader(file, options, encoding, date_format, now)


def _is_undecodable(cells: list[str]) -> bool:
    return any("\udc80" <= character <= "\udcff" for cell in cells if not cell.isascii() for character in cell)


def _place(first: int, last: int) -> str:
    return f"line {first}" if first >= last else f"lines {first}-{last}"
