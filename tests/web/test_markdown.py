"""Markdown becomes HTML that can do nothing."""

import time
from urllib.parse import unquote

import pytest

from community.web import markdown
from tests.web.world import Page

HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><animate onbegin=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;&#x61;vascript&colon;alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](  javascript:alert(1) 'title')",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.gif)",
    "![x\" onerror=\"alert(1)](x)",
    "[x](https://a.example/\"onmouseover=\"alert(1))",
    "[x](https://a.example 'a\" onclick=\"alert(1)')",
    "[x]: javascript:alert(1)\n\n[x]",
    "```\"><script>alert(1)</script>\ncode\n```",
    "```html\n<script>alert(1)</script>\n```",
    "```python\" onclick=\"alert(1)\nprint()\n```",
    "<iframe src=https://evil.example></iframe>",
    "<form action=https://evil.example><input name=password></form>",
    "<style>body{display:none}</style>",
    "<p style='position:fixed'>x</p>",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<math><mtext></p><img src onerror=alert(1)></math>",
    "`<img src=x onerror=alert(1)>`",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "# <script>alert(1)</script>",
    "> <script>alert(1)</script>",
    "\\<script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "![x](/uploads/../sign-out)",
    "![x](/uploads/0123456789abcdef0123456789ab-8x6.webp?x=1)",
    "![x](//evil.example/uploads/0123456789abcdef0123456789ab-8x6.webp)",
    "![x](https://evil.example/uploads/0123456789abcdef0123456789ab-8x6.webp)",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "@<script>alert(1)</script>",
    "https://a.example/\"onmouseover=\"alert(1)",
]  # fmt: skip
HARMLESS = {
    "p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "table", "thead", "tbody", "tr", "th", "td", "span", "div",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_comes_through(text: str) -> None:
    page = Page(markdown.render(text))
    assert page.refused_by_the_policy() == []
    assert {tag for tag, _ in page.elements} <= HARMLESS
    for tag, attrs in page.elements:
        assert set(attrs) <= {"href", "title", "rel", "class", "start", "dir"}, tag
        if "href" in attrs:
            assert attrs["href"].startswith(("http://", "https://", "mailto:")), attrs


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** and *thin*", "<strong>bold</strong> and <em>thin</em>"),
        ("~~gone~~", "<s>gone</s>"),
        ("one\ntwo", "one<br>"),
        ("# Title", '<h3 dir="auto">Title</h3>'),
        ("#### Small", '<h6 dir="auto">Small</h6>'),
        ("- a\n- b", '<li dir="auto">b</li>'),
        ("3. c", '<ol start="3">'),
        ("| a | b |\n|---|---|\n| 1 | 2 |", '<td dir="auto">2</td>'),
        ("`x < y`", '<code dir="auto">x &lt; y</code>'),
        (
            "[site](https://example.org/?a=1&b=2)",
            '<a href="https://example.org/?a=1&amp;b=2" dir="auto" rel="nofollow ugc noopener">site</a>',
        ),
        ("[mail](mailto:a@example.org)", 'href="mailto:a@example.org"'),
        ("5 < 6 & 7 > 2", "5 &lt; 6 &amp; 7 &gt; 2"),
        ("<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"),
    ],
)
def test_what_is_allowed_is_shown(text: str, html: str) -> None:
    assert html in markdown.render(text)


def test_code_is_coloured_with_classes_and_never_with_styles() -> None:
    html = markdown.render("```python\ndef f():\n    return '<b>'  # why\n```")
    assert '<span class="k">def</span>' in html
    assert "style=" not in html
    assert "&lt;b&gt;" in html


@pytest.mark.parametrize("language", ["", "no-such-language", "python; rm -rf", "x" * 500])
def test_code_in_an_unknown_language_is_shown_plainly(language: str) -> None:
    html = markdown.render(f"```{language}\n1 < 2\n```")
    assert "1 &lt; 2" in html
    assert "<span" not in html


@pytest.mark.parametrize(
    "text",
    [">" * 5_000, "[" * 10_000, "*a " * 10_000, "![" * 10_000, "`" * 10_000, "- " * 2_000 + "x", "<" * 10_000,
     "https://a" + ")" * 20_000, "https://a.b(" * 2_000 + ")" * 9_000, "@a-" * 10_000, "@" * 30_000,
     "```python\n" + "(" * 19_000 + "\n```", "|" * 5_000 + "\n" + "|-" * 2_500, "[a](" * 7_000],
)  # fmt: skip
def test_hostile_text_takes_no_time(text: str) -> None:
    start = time.monotonic()
    markdown.render(text)
    markdown.plain(text)
    assert time.monotonic() - start < 5


def test_an_excerpt_has_words_without_marks() -> None:
    text = "# Title\n\nSome **bold** `code` and [a link](https://example.org)\n\n- <b>item</b>"
    assert markdown.plain(text).split() == "Title Some bold code and a link <b>item</b>".split()


def test_an_excerpt_ends_with_an_ellipsis_within_its_length() -> None:
    cut = markdown.plain("word " * 100, longest=50)
    assert len(cut) <= 50
    assert cut.endswith("…")
    assert markdown.plain("short") == "short"


IMAGE = "/uploads/0123456789abcdef0123456789ab-800x600.webp"


def test_an_image_of_ours_is_shown_at_its_size_and_leads_to_itself() -> None:
    assert markdown.render(f"![The *red* lamp]({IMAGE})") == (
        f'<p dir="auto"><a href="{IMAGE}" dir="auto" rel="nofollow ugc noopener"><img src="{IMAGE}" alt="The red lamp"'
        ' width="800" height="600" loading="lazy"></a></p>\n'
    )


def test_an_image_within_a_link_or_without_words_has_no_link_of_its_own() -> None:
    assert markdown.render(f"[![lamp]({IMAGE})](https://example.org)").count("<a ") == 1
    assert "<a " not in markdown.render(f"![]({IMAGE})")


def test_an_image_from_elsewhere_is_a_link_and_is_not_loaded() -> None:
    html = markdown.render("![a chart](https://example.org/chart.png)")
    assert "<img" not in html
    assert '<a href="https://example.org/chart.png" dir="auto" rel="nofollow ugc noopener">a chart</a>' in html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://example.org/a_b?c=d#e.", "https://example.org/a_b?c=d#e"),
        ("(https://example.org/a_(b))", "https://example.org/a_(b)"),
        ("看https://example.org/很好用", "https://example.org/"),
        ("<https://example.org>", "https://example.org"),
        ("**https://example.org**", "https://example.org"),
    ],
)
def test_a_bare_address_is_a_link(text: str, shown: str) -> None:
    assert f">{shown}</a>" in markdown.render(text)
    assert f'href="{shown}"' in markdown.render(text)


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("Thanks @Anna-lee, and @bob!", ["anna-lee", "bob"]),
        ("你好@张三，谢谢", ["张三"]),
        ("@anna @ANNA", ["anna"]),
        ("**@anna** > (@bob)", ["anna", "bob"]),
        ("mail a@b.com, josé@b.com, http://x.example/@bob, a.@b, @@bob, @a@b.example", []),
        ("`@anna`\n\n```\n@bob\n```\n\n    @carl", []),
        ("[@anna](https://example.org)", []),
        ("@" + "a" * 41, []),
    ],
)
def test_people_called_by_their_handle_are_linked_and_listed(text: str, handles: list[str]) -> None:
    assert markdown.mentioned(text) == handles
    people = {attrs["href"] for _, attrs in Page(markdown.render(text)).elements if "/people/" in attrs.get("href", "")}
    assert {unquote(link) for link in people} == {f"/people/{handle}" for handle in handles}


def test_a_handle_in_another_script_is_encoded_in_the_address() -> None:
    assert 'href="/people/%E5%BC%A0%E4%B8%89"' in markdown.render("@张三")


def test_every_block_and_every_part_that_stands_in_a_line_finds_its_own_direction() -> None:
    turning = "\u202e"
    text = f"{turning}a\n\n# {turning}b\n\n- {turning}c\n\n> {turning}d\n\n|{turning}e|\n|-|\n|{turning}f|\n\n"
    text += f"`{turning}g` [{turning}h](https://example.org) then"
    page = Page(markdown.render(text))
    held = {"p", "h3", "li", "blockquote", "th", "td", "code", "a"}
    assert {tag for tag, attrs in page.elements if attrs.get("dir") == "auto"} == held
    assert [tag for tag, attrs in page.elements if tag in held and attrs.get("dir") != "auto"] == []


def test_an_excerpt_says_what_an_image_shows() -> None:
    assert markdown.plain(f"Look: ![the *red* lamp]({IMAGE}) and ![chart](https://example.org/a.png)") == (
        "Look: the red lamp and chart"
    )
