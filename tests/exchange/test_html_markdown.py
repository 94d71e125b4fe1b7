"""HTML bodies as Markdown: read back, they mean the same."""

import pytest

from community.exchange.html_markdown import markdown_of


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>one</p>\n<p>two</p>", "one\n\ntwo"),
        ("<p>an <em>apple</em>, a <strong>pear </strong>.</p>", "an *apple*, a **pear** ."),
        ('<p><a href="http://x.y/a_(b)">there</a></p>', "[there](<http://x.y/a_(b)>)"),
        ('<a href="https://x.y/z">https://x.y/z</a>', "<https://x.y/z>"),
        ('<p><a href="javascript:alert(1)">no</a></p>', "no"),
        ("<p>run <code>a`b</code></p>", "run ``a`b``"),
        ('<pre class="lang-py"><code>if a &lt; b:\n    go\n</code></pre>', "```py\nif a < b:\n    go\n```"),
        ("<blockquote><p>one</p><p>two</p></blockquote>", "> one\n>\n> two"),
        ("<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>", "- a\n- b\n  1. c"),
        ("<h2>Head</h2><hr><p>x<br>y</p>", "## Head\n\n---\n\nx  \ny"),
        ('<img src="http://x/1.png" alt="pic">', "![pic](http://x/1.png)"),
        ("<p># 2 * 3 snake_case &lt;b&gt;</p>", "\\# 2 \\* 3 snake_case \\<b>"),
        ("<p>1. not a list</p>", "1\\. not a list"),
        ("<p>a<p>b</i>", "a\n\nb"),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert markdown_of(html) == markdown


def test_no_depth_of_tags_exhausts_the_stack() -> None:
    assert "deep" in markdown_of("<blockquote>" * 5000 + "deep" + "</blockquote>" * 5000)
