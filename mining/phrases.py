"""What a topic could be called: noun phrases in its mentions' own words, in English and in Chinese.

`mining.naming` chooses among them. English goes by parts of speech, Chinese by what stands between little words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import rjieba

from mining.keywords import CHINESE_STOPS, COUNTED, ENGLISH_STOPS, HAN, NOT_WORDS, VERSION, stem

LONGEST = 4  # content words: people read a name at a glance
LONGEST_HAN = 10  # characters
IS = frozenset("is are was were gets got".split())
DENIES = frozenset("not never n't no hardly".split())
HELPERS = frozenset("do does did".split())  # and the modal verbs: another verb follows
LINKS = frozenset("after since with without of on in for from to at by during between over".split())
# Nouns that are about nothing: every second text has them.
GENERIC = frozenset(
    "answer anybody anyone anything bit case chance couple everybody everyone everything fact guy help idea issue kind "
    "lot man matter moment nobody none nothing number one ones part people person place point post problem question "
    "reason rest second side somebody someone something sort stuff support team thread tip trouble word "
    "min mins hr hrs am pm sec end".split()
)
WORD = re.compile(r"[A-Za-z][\w'’-]+")
# Stop words that names are made with all the same: company name, top lid.
WITHIN = frozenset("name front side bottom top amount back full empty".split())


@dataclass(frozen=True)
class Phrase:
    """One way to say it: `words`, the stems that carry it, and how it is written."""

    words: tuple[str, ...]
    form: str


@dataclass(frozen=True)
class Token:
    word: str
    kind: str  # noun, quality, manner, link, article or other
    is_first: bool = False


def phrases_of(text: str, language: str) -> set[Phrase]:
    """What the text offers for a name."""
    return chinese_phrases(text) if language.startswith("zh") else english_phrases(text)


# ---- English


def english_phrases(text: str) -> set[Phrase]:
    """The noun phrases of a text, and pairs of them that a preposition joins."""
    tokens = tagged(NOT_WORDS.sub(" . ", text))
    spans = list(noun_spans(tokens))
    found = {as_phrase(tokens[start:end]) for start, end in spans}
    ends = {start: end for start, end in spans}  # the longest that begins there
    for start, end in spans:
        if (said := quality_behind(tokens, end)) is not None:
            found.add(as_phrase([said, *tokens[start:end]]))
        if end < len(tokens) and tokens[end].kind == "link":
            behind = end + 1
            while behind < len(tokens) and tokens[behind].kind == "article":
                behind += 1
            if behind in ends:
                found.add(as_phrase([*tokens[start : end + 1], *tokens[behind : ends[behind]]]))
    return {one for one in found if len(one.words) <= LONGEST and len(set(one.words)) == len(one.words)}


def quality_behind(tokens: Sequence[Token], at: int) -> Token | None:
    """What the noun before is said to be: "noisy" of "the grinder is terribly noisy"; nothing if it is not so."""
    if at >= len(tokens) or tokens[at].word.lower() not in IS:
        return None
    at += 1
    while at < len(tokens) and tokens[at].kind == "manner":
        at += 1
    if at < len(tokens) and tokens[at].kind == "quality":
        return tokens[at]
    return None


def noun_spans(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where a noun stands with the nouns and qualities just before it; each part of it that ends in a noun too."""
    for end in range(1, len(tokens) + 1):
        if tokens[end - 1].kind != "noun":
            continue
        start = end - 1
        while start >= 0 and tokens[start].kind in ("noun", "quality") and end - start <= LONGEST:
            yield start, end
            start -= 1


def as_phrase(tokens: Sequence[Token]) -> Phrase:
    words = tuple(stem(token.word.lower()) for token in tokens if token.kind in ("noun", "quality"))
    return Phrase(words, " ".join(written(token) for token in tokens))


def written(token: Token) -> str:
    """As in the middle of a sentence: PIN, iOS and Bristol, but not Battery at its beginning."""
    is_name = token.word[1:] != token.word[1:].lower() or not token.is_first
    return token.word if is_name and token.kind != "link" else token.word.lower()


def tagged(text: str) -> list[Token]:
    """The words of a text by what they do.

    Where the tagger errs most it is set right: after an article a verb is a noun, but not after "can" or "does"; a
    capital at the beginning makes no name.
    """
    from textblob.en import tag  # half a second, and only discovery names topics

    tokens: list[Token] = []
    is_first, is_helped, before = True, False, ""
    for word, told in tag(text):
        part = alone(word.lower()) if is_first and told == "NNP" and word.istitle() else told
        is_verb = part in ("VB", "VBP")
        kind = "other" if is_verb and is_helped else kind_of(word, part, before)
        tokens.append(Token(word, kind, is_first))
        is_first = part in (".", ":") or word in ".!?:;"
        is_helped = (part == "MD" or word.lower() in HELPERS or is_helped) and not is_first and not is_verb
        before = kind
    return tokens


@cache
def alone(word: str) -> str:
    """The part of speech of a word by itself."""
    from textblob.en import tag

    return next((str(part) for _word, part in tag(word)), "NN")


def kind_of(word: str, part: str, before: str) -> str:
    small = word.lower().replace("’", "'")
    if small in LINKS:
        return "link"
    if part in ("DT", "PRP$"):
        return "article"
    if VERSION.fullmatch(word):
        return "noun"
    if part == "RB" and small not in DENIES:
        return "manner"  # very, terribly
    if not WORD.fullmatch(word) or (small in ENGLISH_STOPS - WITHIN) or {small, stem(small)} & GENERIC:
        return "other"
    if part.startswith("NN"):
        return "noun"
    if part in ("VB", "VBP") and before in ("article", "quality", "noun"):
        return "noun"  # the update, a power cut
    return "quality" if part in ("JJ", "VBG", "VBN") else "other"


# ---- Chinese

INSIDE = frozenset("的 后 後 之后 之後 前 时 時 没 沒 没有 沒有 不 无法 無法 不能 不到 不了 太 很 和 与".split())
TELLING = frozenset("nvajlibzg")  # first letters of jieba's marks: nouns, verbs, qualities, sayings, and its odd "zg"
PLAIN_VERBS = frozenset(("更新",))  # an adverb, says jieba's dictionary


def chinese_phrases(text: str) -> set[Phrase]:
    """Stretches of a clause that begin and end with a word that says something."""
    tokens = rjieba.tag(NOT_WORDS.sub(" ", text), hmm=False)
    telling = [carries(word, part) for word, part in tokens]
    found: set[Phrase] = set()
    for start in range(len(tokens)):
        form = ""
        words: list[str] = []
        for end in range(start, len(tokens)):
            word = tokens[end][0]
            form += word
            if not (telling[end] or (words and word in INSIDE)) or len(form) > LONGEST_HAN or len(words) == LONGEST:
                break
            if telling[end]:
                words.append(word)
                found.add(Phrase(tuple(words), form))
    return {phrase for phrase in found if len(phrase.form) > 1}


@cache
def carries(word: str, part: str) -> bool:
    """Whether a Chinese word says something by itself."""
    if VERSION.fullmatch(word) or (word.isascii() and word.isalpha()):
        return True
    is_telling = part[:1] in TELLING or word in PLAIN_VERBS
    return bool(is_telling and HAN.fullmatch(word)) and word not in CHINESE_STOPS and not COUNTED.match(word)
