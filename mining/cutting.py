"""Chinese cut into words with their marks. Traditional text is cut as its Simplified is, for which there is a dictionary."""

from functools import cache

import rjieba
from opencc import OpenCC


def tagged(text: str) -> list[tuple[str, str]]:
    """The words of a text, as they are written and with all that stands between them, and jieba's marks of them."""
    found, start = [], 0
    for word, mark in rjieba.tag(as_simplified(text), hmm=False):
        found.append((text[start : start + len(word)], mark))
        start += len(word)
    return found


def as_simplified(text: str) -> str:
    """Character by character; the text itself where that does not go."""
    simple = str(converter().convert(text))
    return simple if len(simple) == len(text) else text


@cache
def converter() -> OpenCC:
    return OpenCC("t2s")
