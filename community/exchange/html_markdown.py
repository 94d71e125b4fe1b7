"""HTML of Stack Exchange posts as the Markdown that they once were: the tags of their editor, and no library.

Escapes only what would otherwise be read as markup, since the Markdown itself is mined and searched.
"""

import re

from community.exchange.html_tree import Node, tree_of

HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
AROUND = {"em": "*", "i": "*", "strong": "**", "b": "**", "del": "~~", "s": "~~", "strike": "~~"}
DROPPED = {"script", "style"}
MARKUP = re.compile(
    r"[*`]"  # emphasis, code
    r"|(?<![^\W_])_|_(?![^\W_])"  # emphasis, but not inside snake_case
    r"|\\(?=[!-/:-@\[-`{-~])"  # an escape
    r"|<(?=[A-Za-z/!?])|&(?=#?\w+;)"  # tag, entity
    r"|(?<=\])[(\[]"  # link
)
LINE_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|={3,}|-{3,})|^(\s*\d{1,9})([.)])(?=\s|$)", re.MULTILINE)
UNSAFE = re.compile(r"^\s*(javascript|data|vbscript):", re.IGNORECASE)


def markdown_of(html: str) -> str:
    """The same text as Markdown, blocks separated by an empty line."""
    return "\n\n".join(_blocks(tree_of(html)))


def _blocks(node: Node) -> list[str]:
    """The blocks in a node; text and inline elements between blocks make paragraphs of their own."""
    blocks: list[str] = []
    run: list[Node | str] = []
    for child in node.children:
        if isinstance(child, Node) and child.is_block:
            blocks += [_paragraph(run), *_block(child)]
            run = []
        else:
            run.append(child)
    blocks.append(_paragraph(run))
    return [block for block in blocks if block]


def _block(node: Node) -> list[str]:
    if node.tag in HEADINGS:
        text = _inline(node.children).replace("\n", " ").strip()
        return [f"{HEADINGS[node.tag]} {text}"] if text else []
    if node.tag == "hr":
        return ["---"]
    if node.tag == "pre":
        return [_fenced(node)]
    if node.tag == "blockquote":
        return [_prefixed("\n\n".join(_blocks(node)), "> ", "> ")]
    if node.tag in {"ul", "ol"}:
        return [_list(node)]
    return _blocks(node)


def _paragraph(children: list[Node | str]) -> str:
    return LINE_START.sub(_escaped_start, _inline(children).strip())


def _list(node: Node) -> str:
    items = [child for child in node.children if isinstance(child, Node) and child.tag == "li"]
    is_loose = any(isinstance(child, Node) and child.tag == "p" for item in items for child in item.children)
    gap = "\n\n" if is_loose else "\n"
    lines = []
    for number, item in enumerate(items, start=int(_digits(node.attributes.get("start", "")) or 1)):
        mark = f"{number}. " if node.tag == "ol" else "- "
        lines.append(_prefixed(gap.join(_blocks(item)), mark, " " * len(mark)))
    return gap.join(lines)


def _fenced(node: Node) -> str:
    code = node.only("code") or node
    classes = f"{node.attributes.get('class', '')} {code.attributes.get('class', '')}"
    language = re.search(r"\blang(?:uage)?-([\w+#-]+)", classes)
    text = code.text().strip("\n")
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language[1] if language else ''}\n{text}\n{fence}"


def _inline(children: list[Node | str]) -> str:
    return "".join(_escaped(child) if isinstance(child, str) else _element(child) for child in children)


def _element(node: Node) -> str:
    if node.tag in DROPPED:
        return ""
    if node.tag == "br":
        return "  \n"
    if node.tag in {"code", "kbd"}:
        return _code(node.text())
    if node.tag == "img":
        return f"![{_escaped(node.attributes.get('alt', ''))}]({_address(node.attributes.get('src', ''))})"
    if node.tag == "a":
        return _link(node)
    if node.tag in AROUND:
        return _around(AROUND[node.tag], _inline(node.children))
    if node.is_block:
        return " ".join(_blocks(node))
    return _inline(node.children) + (" " if node.tag in {"td", "th"} else "")


def _link(node: Node) -> str:
    text, address = _inline(node.children), node.attributes.get("href", "")
    if not address or UNSAFE.match(address):
        return text
    if node.text().strip() == address and re.match(r"https?://\S+$", address):
        return f"<{address}>"
    return f"[{text}]({_address(address)})"


def _address(address: str) -> str:
    address = address.strip().replace("\n", "")
    return f"<{address}>" if re.search(r"[\s()]", address) else address


def _code(text: str) -> str:
    text = " ".join(text.split())
    ticks = "`" * (_longest_run(text) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}" if text else ""


def _around(mark: str, text: str) -> str:
    """Marks must touch the words, so the space inside them goes outside."""
    inner = text.strip()
    if not inner:
        return text
    head, tail = text[: text.index(inner)], text[text.index(inner) + len(inner) :]
    return f"{head}{mark}{inner}{mark}{tail}"


def _prefixed(text: str, first: str, others: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0]] + [(others + line).rstrip() for line in lines[1:]]).rstrip()


def _escaped(text: str) -> str:
    return MARKUP.sub(lambda found: "\\" + found[0], re.sub(r"\s+", " ", text))


def _escaped_start(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[2] else f"{found[3]}\\{found[4]}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 9 else ""
