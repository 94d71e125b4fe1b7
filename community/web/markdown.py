"""Markdown to safe HTML: raw HTML off, then cleaned; code coloured by classes, since styles may not be inline."""

import re
from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

TAGS = set(
    "p br hr h1 h2 h3 h4 h5 h6 strong em s code pre blockquote ul ol li a table thead tbody tr th td span div".split()
)
ATTRIBUTES = {"a": {"href", "title"}, "span": {"class"}, "div": {"class"}, "code": {"class"}, "ol": {"start"}}
LONGEST_COLOURED = 20_000  # characters of one code block; longer ones stay plain


def coloured(code: str, language: str, _attributes: Any) -> str:
    if not language or len(code) > LONGEST_COLOURED:
        return ""
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "highlight": coloured, "breaks": True}).enable(
    ["table", "strikethrough"]
)


@lru_cache(maxsize=2048)
def render(text: str) -> Markup:
    """Safe HTML of a Markdown text. Headings are moved down two levels, below the page's own."""
    html = re.sub(r"(</?h)([1-4])(?=[ >])", lambda found: f"{found[1]}{int(found[2]) + 2}", parser.render(text))
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener",
    )
    return Markup(clean)  # noqa: S704  (nh3 has cleaned it)


def plain(text: str, longest: int = 200) -> str:
    """The words of a Markdown text without its marks, cut at `longest` characters."""
    blocks = (
        "".join(
            " " if child.type in {"softbreak", "hardbreak"} else child.content
            for child in token.children or []
            if child.type in {"text", "code_inline", "softbreak", "hardbreak"}
        )
        for token in parser.parse(text[: longest * 8])
        if token.type == "inline"
    )
    words = " ".join(blocks)
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"
