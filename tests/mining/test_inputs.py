"""Files as users have them: what can be read is read in order, what cannot is said with its place."""

import json
from pathlib import Path

import pytest

from mining.inputs import InputError, checked_output, read_texts


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_csv_in_order_with_other_columns_beside(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,text\n1,first\n2,second\n3,第三\n")
    assert read_texts(path, "text") == ["first", "second", "第三"]


def test_a_field_may_hold_line_breaks_quotes_and_commas(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'text,id\r\n"one\r\ntwo",1\r\n"say ""hi"", please",2\r\n')
    assert read_texts(path, "text") == ["one\r\ntwo", 'say "hi", please']


@pytest.mark.parametrize(("name", "content"), [("a.csv", "text\nhello\n"), ("a.jsonl", '{"text": "hello"}\n')])
def test_a_byte_order_mark_is_no_part_of_the_column_s_name(tmp_path: Path, name: str, content: str) -> None:
    path = written(tmp_path, name, b"\xef\xbb\xbf" + content.encode())
    assert read_texts(path, "text") == ["hello"]


def test_json_lines_in_order_without_the_empty_ones(tmp_path: Path) -> None:
    rows = [{"text": "a\nb"}, {"text": None}, {"text": 7}, {"text": "最后"}]
    path = written(tmp_path, "a.jsonl", "\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    assert read_texts(path, "text") == ["a\nb", "", "7", "最后"]


def test_half_a_character_is_replaced_and_two_halves_are_one(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"text": "half \\ud83d, whole \\ud83d\\ude00"}\n')
    assert read_texts(path, "text") == ["half \ufffd, whole 😀"]


def test_the_column_can_be_chosen(tmp_path: Path) -> None:
    assert read_texts(written(tmp_path, "a.csv", "text,评论\nno,yes\n"), "评论") == ["yes"]


def test_short_rows_and_empty_files_are_no_errors(tmp_path: Path) -> None:
    assert read_texts(written(tmp_path, "a.csv", "id,text\n1\n2,b\n"), "text") == ["", "b"]
    for name in ("b.csv", "b.jsonl"):
        assert read_texts(written(tmp_path, name, ""), "text") == []


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "id,words\n1,x\n", "line 2: no column 'text'; there are: id, words"),
        ("a.jsonl", '{"words": "x"}\n', "line 1: no column 'text'; there are: words"),
        ("a.jsonl", '{"text": "x"}\n{"text": \n', "line 2: not JSON"),
        ("a.jsonl", '["x"]\n', "line 1: each line must be an object"),
        ("a.csv", b"text\n\xff\xfe\n", "not UTF-8"),
        ("a.jsonl", b'{"text": "\xff"}\n', "not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(tmp_path: Path, name: str, content: str | bytes, says: str) -> None:
    with pytest.raises(InputError, match=says.replace("'", ".")) as caught:
        read_texts(written(tmp_path, name, content), "text")
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_texts(tmp_path / "gone.csv", "text")
    with pytest.raises(InputError, match="no such file"):
        read_texts(tmp_path, "text")


def test_a_very_long_field_is_read(tmp_path: Path) -> None:
    assert len(read_texts(written(tmp_path, "a.csv", "text\n" + "x" * 500_000 + "\n"), "text")[0]) == 500_000


def test_an_output_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    assert checked_output(tmp_path / "out.jsonl") == tmp_path / "out.jsonl"
    for path in (tmp_path, tmp_path / "missing" / "out.jsonl"):
        with pytest.raises(InputError, match="cannot be written"):
            checked_output(path)
