"""Links and images of our own in Markdown: a core rule of the parser, which looks at the text and at nothing else."""

import re
from collections.abc import Iterator

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

# The key says how large the image is, so that its place is kept while it loads.
UPLOAD = re.compile(r"/uploads/[0-9a-f]{28}-([1-9][0-9]{0,3})x([1-9][0-9]{0,3})\.webp")
BLOCKS = {
    "paragraph_open", "heading_open", "list_item_open", "blockquote_open", "th_open", "td_open", "code_inline",
    "link_open",
}  # fmt: skip
LETTER = r"[^\W\u3400-\u9fff]"  # of a script with spaces between words: Chinese stands next to anything
LINKED = re.compile(
    rf"(?<!{LETTER})https?://[A-Za-z0-9_.~:/?#@!$&'()*+,;=%\[\]-]{{1,2000}}"
    rf"|(?<!{LETTER})(?<![@/.\\&=+-])@(?P<handle>\w+(?:-\w+)*)(?!@)",
    re.IGNORECASE,
)
LONGEST_HANDLE = 40


def ours(state: StateCore) -> None:
    for token in state.tokens:
        isolate(token)
        if token.type == "inline":
            token.children = list(changed(state, token.children or []))


def isolate(token: Token) -> None:
    if token.type in BLOCKS:
        token.attrSet("dir", "auto")


def changed(state: StateCore, children: list[Token]) -> Iterator[Token]:
    """The tokens of one block, with links where the text has them; none within another link."""
    depth = 0
    for token in children:
        isolate(token)
        depth += (token.type == "link_open") - (token.type == "link_close")
        if token.type == "image":
            yield from image(token, is_linked=depth > 0)
        elif token.type == "text" and depth == 0:
            yield from linked(state, token.content)
        else:
            yield token


def image(token: Token, is_linked: bool) -> Iterator[Token]:
    """An upload, which leads to itself in full size; what lies elsewhere is a link, and not loaded."""
    source = str(token.attrGet("src") or "")
    found, name = UPLOAD.fullmatch(source), alternative(token)
    token.content = name
    if found:
        token.attrs = {"src": source, "alt": "", "width": found[1], "height": found[2], "loading": "lazy"}
    shown = token if found else text(name or source)
    leads_somewhere = name.strip() if found else source.startswith(("http://", "https://"))
    yield from link(source, [shown]) if leads_somewhere and not is_linked else [shown]


def alternative(token: Token) -> str:
    """What an image shows, in words."""
    return "".join(child.content for child in token.children or [] if child.type in {"text", "code_inline"})


def linked(state: StateCore, content: str) -> Iterator[Token]:
    at = 0
    for found in LINKED.finditer(content):
        shown = found[0] if found["handle"] else trimmed(found[0])
        handle = (found["handle"] or "").casefold()
        if len(handle) > LONGEST_HANDLE or (len(shown) < len("http://x") and not handle):
            continue
        target = state.md.normalizeLink(f"/people/{handle}" if handle else shown)
        if not state.md.validateLink(target):
            continue
        if found.start() > at:
            yield text(content[at : found.start()])
        yield from link(target, [text(shown)], handle)
        at = found.start() + len(shown)
    if at < len(content) or not content:
        yield text(content[at:])


def trimmed(address: str) -> str:
    """Without the signs that end the sentence, and without a bracket that was opened before the address."""
    while address:
        last = address[-1]
        opening = {")": "(", "]": "["}.get(last)
        if last not in ".,:;!?'*~" and (not opening or address.count(opening) >= address.count(last)):
            break
        address = address[:-1]
    return address


def link(target: str, inside: list[Token], handle: str = "") -> Iterator[Token]:
    opened = Token("link_open", "a", 1, attrs={"href": target, "dir": "auto"})
    if handle:
        opened.meta["handle"] = handle
    yield from (opened, *inside, Token("link_close", "a", -1))


def text(content: str) -> Token:
    return Token("text", "", 0, content=content)
