"""Words of compressed RTF; whatever the bytes, nothing breaks."""

import struct

import compressed_rtf
from hypothesis import given
from hypothesis import strategies as st

from community import rtf


def packed(body: bytes) -> bytes:
    return compressed_rtf.compress(rb"{\rtf1\ansi\ansicpg936\deff0 " + body + b"}")


def test_words_of_several_paragraphs_and_scripts_without_what_outlook_hid_in_them() -> None:
    assert rtf.words(packed(rb"It {\*\htmltag64 <p>}broke.\par \'b7\'b5\u20462?\par")) == "It broke.\n返修"


def test_a_body_that_says_it_is_enormous_is_left_alone() -> None:
    whole = bytearray(packed(b"It broke."))
    struct.pack_into("<I", whole, 4, 10**9)
    assert rtf.words(bytes(whole)) == ""


@given(st.binary(max_size=300))
def test_rubbish_says_nothing_or_something_and_never_raises(raw: bytes) -> None:
    assert isinstance(rtf.words(raw), str)
    assert isinstance(rtf.words(packed(raw)[:-1] + raw[:5]), str)
