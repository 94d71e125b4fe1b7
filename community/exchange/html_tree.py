"""HTML as a small tree, as far as the bodies of Stack Exchange posts need it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img"}
BLOCKS = {
    "p", "pre", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "div", "table", "thead",
    "tbody", "tr", "dl", "dt", "dd", "details", "summary",
}  # fmt: skip
CLOSED_BY_SIBLING = {"p", "li", "tr", "td", "th", "dt", "dd"}
DEEPEST = 50  # tags inside one another; deeper ones keep their text only, so that no body exhausts the stack


@dataclass
class Node:
    """One element with what stands in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    @property
    def is_block(self) -> bool:
        return self.tag in BLOCKS

    def text(self) -> str:
        """All text below, as it stands."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)

    def only(self, tag: str) -> "Node | None":
        """The only child, if it is one of this tag: the code in a pre."""
        children = [child for child in self.children if not isinstance(child, str) or child.strip()]
        first = children[0] if len(children) == 1 else None
        return first if isinstance(first, Node) and first.tag == tag else None


class TreeBuilder(HTMLParser):
    """Collects a tree below `root`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("body")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in CLOSED_BY_SIBLING and self.open[-1].tag == tag:
            self.open.pop()
        node = Node(tag, {name: value or "" for name, value in attrs})
        if tag in VOID:
            self.open[-1].children.append(node)
        elif len(self.open) < DEEPEST:
            self.open[-1].children.append(node)
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].tag == tag:
                del self.open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def tree_of(html: str) -> Node:
    """The body's tree; tags that do not fit are left out, their text stays."""
    builder = TreeBuilder()
    builder.feed(html)
    builder.close()
    return builder.root
