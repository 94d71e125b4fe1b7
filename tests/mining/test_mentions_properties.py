from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mining.language import LANGUAGES, language_of
from mining.mentions import LONGEST, split

# What splitting depends on, so that it comes up often, among any characters at all, lone surrogates included.
PIECES = [
    *(
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        " ",
        "  ",
        "\t",
        "    ",
        "\u3000",
        "\u200b",
        "\ufeff",
        "\x00",
        "\x85",
        "\u2028",
        "\ud800",
    ),
    *(
        ". ",
        ".",
        "...",
        "! ",
        "?!",
        "…",
        "。",
        "！",
        "；",
        "，",
        ", but ",
        "，但是",
        "; ",
        ":",
        "e.g. ",
        "U.S. ",
        "No. 5",
    ),
    *(
        "- ",
        "* ",
        "1. ",
        "1、",
        "# ",
        "> ",
        ">",
        "- [ ] ",
        "---",
        "===",
        "-- ",
        "|",
        "|---|",
        "```",
        "~~~",
        "`",
        "``",
        "**",
    ),
    *(
        "[",
        "](",
        ")",
        "![",
        "(",
        "<!--",
        "-->",
        "https://a.example/b. ",
        "<http://x>",
        "[a]: b",
        "On Jo wrote:",
        "\ufdd0",
    ),
    *("word", "Word ", "no ", "电池很差", "呢部手機好正", "😡", "👨‍👩‍👧", "❤️", "4.2.1", '"', "”", "」", "'", "_", "~"),
]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(st.characters(), max_size=8)), max_size=60).map("".join)
PROSE = st.lists(st.sampled_from(["It broke. ", "Why?! ", "坏了。", "太差 ", "😡 ", "a, b ", "`x` "]), max_size=8).map(
    "".join
)
SECRETS = st.lists(st.sampled_from(["SECRET. ", "SECRET", "SECRET，但是 ", "> SECRET ", "- SECRET "]), min_size=1).map(
    "".join
)
MANY = settings(max_examples=300, deadline=None)  # a busy machine is no failure


@MANY
@given(TEXTS)
def test_spans_are_in_order_apart_and_within_the_text(text: str) -> None:
    spans = split(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))


@MANY
@given(TEXTS)
def test_a_mention_is_trimmed_short_and_says_something(text: str) -> None:
    for span in split(text):
        mention = text[span.start : span.end]
        assert mention == mention.strip().strip("\u200b\ufeff\x00")
        assert len(mention) <= LONGEST
        assert any(character.isalnum() or ord(character) > 0x2000 for character in mention)


@MANY
@given(TEXTS)
def test_what_is_left_out_can_be_joined_with_what_is_not(text: str) -> None:
    spans = split(text)
    ends = [0, *(end for span in spans for end in (span.start, span.end)), len(text)]
    assert "".join(text[start:end] for start, end in pairwise(ends)) == text


@MANY
@given(PROSE, SECRETS, PROSE, st.sampled_from(["\n", "\r\n", "\r"]))
def test_a_block_of_code_is_never_touched(above: str, secret: str, below: str, line_end: str) -> None:
    for block in (f"```\n{secret}\n\n{secret}\n```", f"~~~ text\n{secret}\n~~~", f"\n    {secret}\n\n\t{secret}\n"):
        text = f"{above}\n{block}\n{below}".replace("\n", line_end)
        assert not any("SECRET" in text[span.start : span.end] for span in split(text))


@MANY
@given(PROSE, SECRETS, PROSE, st.sampled_from([">", "> ", "   > ", "> > ", ">>", "- > ", "> - ", "> 1. "]))
def test_a_quotation_is_never_touched(above: str, secret: str, below: str, mark: str) -> None:
    text = f"{above}\n{mark}{secret}\n{mark}{secret}\n{below}"
    assert not any("SECRET" in text[span.start : span.end] for span in split(text))


@MANY
@given(PROSE, SECRETS, PROSE)
def test_what_stands_around_a_quotation_is_split_as_if_alone(above: str, secret: str, below: str) -> None:
    text = f"{above}\n\n> {secret}\n\n{below}"
    found = [text[span.start : span.end] for span in split(text)]
    assert found == [part[span.start : span.end] for part in (above, below) for span in split(part)]


@MANY
@given(TEXTS)
def test_any_text_is_in_some_language(text: str) -> None:
    assert language_of(text) in LANGUAGES
