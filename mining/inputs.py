"""Files of texts as a user has them: CSV with a header, or JSON Lines. Bad input is said with its line."""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class InputError(ValueError):
    """The file cannot be used; the message says where and what to do."""


def read_texts(path: Path, column: str) -> list[str]:
    """The texts of the file in order, one a row. Raises InputError."""
    texts = []
    for line, row in read_rows(path):
        if column not in row:
            columns = ", ".join(str(name) for name in row if name is not None)
            raise InputError(f"{path}, line {line}: no column {column!r}; there are: {columns}")
        value = row[column]
        texts.append("" if value is None else whole_characters(str(value)))
    return texts


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row with its line. Raises InputError."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        yield from json_rows(path) if path.suffix in {".jsonl", ".json", ".ndjson"} else csv_rows(path)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8 and try again") from error


def whole_characters(text: str) -> str:
    """The text without halves of characters, which JSON can write and nothing can encode."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        try:
            if reader.fieldnames is None:
                return
            for row in reader:
                yield reader.line_num, row
        except csv.Error as error:
            raise InputError(f"{path}, line {reader.line_num}: {error}") from error


def json_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise InputError(f"{path}, line {number}: not JSON ({error.msg})") from error
            if not isinstance(row, dict):
                raise InputError(f"{path}, line {number}: each line must be an object")
            yield number, row


def checked_output(path: Path) -> Path:
    """The path, if it can be written. Raises InputError."""
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"{path}: cannot be written; name a file in a folder that exists")
    return path
