"""What a topic could be called: noun phrases in its mentions' own words, in English and in Chinese.

`mining.naming` chooses among them. English goes by parts of speech, Chinese by what stands between little words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from mining import cutting
from mining.cutting import as_simplified
from mining.keywords import CHINESE_STOPS, COUNTED, HAN, NOT_WORDS, VERSION, stem
from mining.predicates import BE, predicates
from mining.tagging import Token, behind, tagged

LONGEST = 4  # content words: people read a name at a glance
LONGEST_HAN = 10  # characters
CARRYING = frozenset({"noun", "quality", "verb", "done"})


@dataclass(frozen=True)
class Phrase:
    """One way to say it: `words`, the stems that carry it, and how it is written."""

    words: tuple[str, ...]
    form: str


def phrases_of(text: str, language: str) -> set[Phrase]:
    """What the text offers for a name."""
    return chinese_phrases(text) if language.startswith("zh") else english_phrases(text)


# ---- English


def english_phrases(text: str) -> set[Phrase]:
    """The noun phrases of a text, and pairs of them that a preposition joins."""
    tokens = tagged(NOT_WORDS.sub(" . ", text))
    spans = list(noun_spans(tokens))
    ends = {start: end for start, end in spans}  # the longest that begins there
    found = {as_phrase(tokens[start:end]) for start, end in spans} | {
        as_phrase(said) for said in predicates(tokens, ends)
    }
    for start, end in spans:
        if (said := quality_behind(tokens, end)) is not None:
            found.add(as_phrase([said, *tokens[start:end]]))
        if end < len(tokens) and tokens[end].kind == "link":
            second = behind(tokens, end + 1, "article")
            if second in ends:
                found.add(as_phrase([*tokens[start : end + 1], *tokens[second : ends[second]]]))
    return {one for one in found if len(one.words) <= LONGEST and len(set(one.words)) == len(one.words)}


def quality_behind(tokens: Sequence[Token], at: int) -> Token | None:
    """What the noun before is said to be: "noisy" of "the grinder is terribly noisy"; nothing if it is not so."""
    if at >= len(tokens) or tokens[at].low not in BE:
        return None
    at = behind(tokens, at + 1, "manner")
    return tokens[at] if at < len(tokens) and tokens[at].kind == "quality" else None


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
    words = tuple(stem(token.root or token.low) for token in tokens if token.kind in CARRYING)
    return Phrase(words, " ".join(written(token) for token in tokens))


def written(token: Token) -> str:
    """As in the middle of a sentence: PIN, iOS and Bristol, but not Battery at its beginning."""
    is_name = token.word[1:] != token.word[1:].lower() or not token.is_first
    return token.word if is_name and token.kind != "link" else token.word.lower()


# ---- Chinese

INSIDE = frozenset("的 后 後 之后 之後 前 时 時 没 沒 没有 沒有 不 无法 無法 不能 不到 不了 太 很 和 与".split())
TELLING = frozenset("nvajlibzg")  # first letters of jieba's marks: nouns, verbs, qualities, sayings, and its odd "zg"
# Words about nothing: alone they are no name.
GENERIC_HAN = frozenset(
    "功能 问题 問題 东西 東西 情况 情況 方面 地方 部分 办法 辦法 方法 结果 結果 原因 事情 一会儿 一會兒 最低 最高 一段时间 一段時間 总体 "
    "總體 继续 繼續 差评 垃圾 不错 不錯 满意 滿意 失望 后悔 後悔 喜欢 喜歡 关掉 關掉 打开 打開".split()
)
LINKING = frozenset("变成 變成 变得 變得 变为 變為 成为 成為".split())  # the next word says what it became
# Verbs of one character that can end what is said, and what lets any verb do so.
WHOLE_VERBS = frozenset("坏碎卡丢掉漏裂断停死响闪亮黑烫冒破退降涨冻")
ABLE = frozenset("不 没 沒 无法 無法 不能 没法 沒法 不好 好 难 難 太 很".split())
PLAIN_VERBS = frozenset(("更新",))  # an adverb, says jieba's dictionary


def chinese_phrases(text: str) -> set[Phrase]:
    """Stretches of a clause that begin and end with a word that says something."""
    tokens = cutting.tagged(NOT_WORDS.sub(" ", text))
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
                if not is_cut_short(tokens[: end + 1], len(words)):
                    found.add(Phrase(tuple(words), form))
    return {phrase for phrase in found if len(phrase.form) > 1 and not GENERIC_HAN.issuperset(phrase.words)}


def is_cut_short(tokens: Sequence[tuple[str, str]], count: int) -> bool:
    """Whether it ends in a verb of one character that wants what comes next: "手环撑", but "不能领" and "包裹丢"."""
    word, part = tokens[-1]
    wants = len(word) == 1 and part.startswith("v") and as_simplified(word) not in WHOLE_VERBS
    return wants and (count == 1 or tokens[-2][0] not in ABLE)


@cache
def carries(word: str, part: str) -> bool:
    """Whether a Chinese word says something by itself."""
    if VERSION.fullmatch(word) or (word.isascii() and word.isalpha()):
        return True
    is_telling = (part[:1] in TELLING or word in PLAIN_VERBS) and word not in LINKING
    return bool(is_telling and HAN.fullmatch(word)) and word not in CHINESE_STOPS and not COUNTED.match(word)
