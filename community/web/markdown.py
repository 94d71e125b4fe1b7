"""Markdown to safe HTML: raw HTML off, then cleaned; code coloured by classes, since styles may not be inline.

What is ours beside CommonMark: images only from this site's uploads, bare addresses and @handles become links (see
`markdown_links`), and each block finds its own direction of reading, so that no mark in it turns what stands beside it.
"""

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

from community.web import markdown_links

BLOCKS = "p h1 h2 h3 h4 h5 h6 blockquote li th td".split()
TAGS = set("br hr strong em s code pre ul ol a table thead tbody tr span div img".split()) | set(BLOCKS)
ATTRIBUTES = {
    "a": {"href", "title", "dir"}, "span": {"class"}, "div": {"class"}, "code": {"class", "dir"}, "ol": {"start"},
    "img": {"src", "alt", "width", "height", "loading"}, **{block: {"dir"} for block in BLOCKS},
}  # fmt: skip
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
parser.core.ruler.push("ours", markdown_links.ours)


def rendered(text: str) -> Markup:
    """Safe HTML of a Markdown text. Headings are moved down two levels, below the page's own."""
    html = re.sub(r"(</?h)([1-4])(?=[ >])", lambda found: f"{found[1]}{int(found[2]) + 2}", parser.render(text))
    return Markup(cleaner.clean(html))  # noqa: S704  (nh3 has cleaned it)


def of_this_site(tag: str, attribute: str, value: str) -> str | None:
    """Images come from the uploads, whatever the rules above let through."""
    if (tag, attribute) == ("img", "src") and not markdown_links.UPLOAD.fullmatch(value):
        return None
    return value


cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    attribute_filter=of_this_site,
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow ugc noopener",
)
render = lru_cache(maxsize=8192)(rendered)  # a preview is seen once and calls `rendered` itself


@lru_cache(maxsize=4096)
def plain(text: str, longest: int = 200) -> str:
    """The words of a Markdown text without its marks, cut at `longest` characters. Of an image, what it shows."""
    blocks = (
        "".join(
            " " if child.type in {"softbreak", "hardbreak"} else child.content
            for child in token.children or []
            if child.type in {"text", "code_inline", "image", "softbreak", "hardbreak"}
        )
        for token in parser.parse(text[: longest * 8])
        if token.type == "inline"
    )
    words = " ".join(blocks)
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def mentioned(text: str) -> list[str]:
    """The handles that a text calls by @, each once, in order. Nobody may have them."""
    found = (
        handle for token in parser.parse(text) for child in token.children or [] if (handle := child.meta.get("handle"))
    )
    return list(dict.fromkeys(found))
