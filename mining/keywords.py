"""Which words tell a topic from the others: class-based TF-IDF over the words of its mentions, in each language.

`mining.naming` makes names of them and of phrases. Mask personal data in the texts first: keywords repeat them.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import rjieba
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from mining.discovery import NONE, Ints

Term = tuple[str, ...]  # stems of one word or of two neighbouring ones
Found = tuple[Term, str]  # a term and how it is written in the text

# A word that comes mostly in one phrase is shown as that phrase: "battery" as "battery life".
MOSTLY = 0.5
# A word that many of a topic's texts share names it better than a rarer one that few share.
SAID_BY_MANY = 1.5
# Of the best word's weight: where a list of keywords ends. What weighs less is chance: of 150 kinds of requests the
# words behind it hardly ever meet in one text.
WEAK = 0.1
# How much less a word counts where another topic speaks of it more. From 1 to 3: words of one topic alone 0.65 to 0.77,
# 0.84 to 0.90 and 0.91 to 0.96 (bank, assistant, boards), NPMI 0.04 to -0.02, -0.03 to -0.05 and 0.11 to 0.08.
THEIRS = 3

NOT_WORDS = re.compile(r"&#?\w+;|https?://\S+|www\.\S+|\S+@\S+|@\w+|<[^>]+>")
ENGLISH_WORD = re.compile(r"[a-z]+(?:['’\-][a-z]+)*|[^\sa-z]+", re.IGNORECASE)
HAN = re.compile(r"[㐀-鿿]+")
VERSION = re.compile(r"\d+(?:\.\d+)+")  # the one number that people call a thing by
# "three times", "a day": a number and its measure word. Not a bare number: 三星 is a maker of telephones.
COUNTED = re.compile("[一二两兩三四五六七八九十幾几半]+[个個次天年月分日成句件張张部隻點点條条周週]")

# scikit-learn's list also stops words that customers write about.
ENGLISH_STOPS = (
    ENGLISH_STOP_WORDS - {"bill", "call", "computer", "cry", "detail", "fill", "fire", "interest", "system"}
) | frozenset(
    "able ain't aren't can't couldn't didn't doesn't don't got hadn't hasn't haven't he's i'd i'll i'm i've isn't "
    "it's just know let's like need please really say says she's shouldn't that's there's they're think try tried "
    "trying use used using wanna want wanted wants wasn't we're weren't what's won't wouldn't yes yet you're does did "
    "doing didnt dont doesnt cant wont im ive id isnt thing things way make makes made going gonna lot hi hello hey "
    "thanks thank get gets getting tell told said come came look looking day days today week weeks month months year years hour hours minute minutes time times "
    "morning evening night yesterday tomorrow monday tuesday wednesday thursday friday saturday sunday twice once "
    "best worst fine good bad great nice sorry sure maybe old new exactly curious love hate best".split()
)
CHINESE_STOPS = frozenset(
    "的 了 是 在 我 有 和 就 不 人 都 一 一个 上 也 很 到 说 要 去 你 会 着 没有 看 好 自己 这 那 他 她 它 "
    "们 我们 你们 他们 什么 怎么 为什么 可以 还是 但是 因为 所以 如果 这个 那个 这样 还 再 又 才 把 被 给 让 "
    "跟 与 及 或 对 从 向 吗 呢 吧 啊 哦 嘛 呀 太 真 更 最 非常 已经 现在 时候 之后 之前 然后 知道 觉得 比较 "
    "可能 应该 一下 一直 这么 那么 多少 几 个 只 些 里 后 前 時候 之後 然後 覺得 比較 應該 什麼 怎麼 為什麼 "
    "還是 但 但係 因為 這個 那個 這樣 這 還 們 會 說 個 沒有 沒 没 請 请 嘅 咗 係 喺 唔 冇 佢 佢哋 哋 我哋 "
    "你哋 嗰 啲 咁 嘢 乜 咩 點 邊 仲 畀 俾 同 嚟 咪 囉 喇 啦 㗎 吓 睇 話 叫 令 既 左 黎 好似 其實 其实 真的 "
    "今次 今日 今天 每次 所有 出来 出來 起来 起來 能 用 做 想 得 地 過 过 后来 完全 後 快 多 少 大 小 先 返 "
    "来 來 為 为 對 從 與 裡 裏 嗎 麼 么 請問 请问 謝謝 谢谢 一点 一點 有点 有點 不是 就是 只是 還有 还有 "
    "不能 不會 不会 無 无 同埋 依家 而家 好多 问下 問下 成日 幾時 几时 一定 大家 一句 有人 有冇 係咪 唔係 "
    "唔好 唔會 还没 還沒 到现在 一般 一样 一樣 任何 以为 以為 以前 最近 开始 開始 发现 發現 幾多 幾耐 邊度 "
    "點解 點樣 咁樣 一齊 不了 别说 別說 聊胜于无 希望 时间 時間 早上 晚上 星期 小时 小時 分钟 分鐘 三十分 只能 以前 别人 別人 收到 別 别 "
    "有没有 有沒有 是不是 能不能 会不会 會不會 要不要 可不可以 怎么办 怎麼辦".split()
)


@dataclass(frozen=True)
class Keywords:
    """A topic's words in the texts of one language code: the best as written, and what each stem weighs."""

    best: list[str]
    weights: Mapping[Term, float]


def keywords(
    texts: Sequence[str], languages: Sequence[str], labels: Ints, code: str, count: int, ignore: frozenset[str]
) -> dict[int, Keywords]:
    """Topic -> its keywords in the texts of one language code, best first."""
    split: Callable[[str], Iterator[Found]] = chinese_terms if code.startswith("zh") else english_terms
    uses: dict[int, Counter[Term]] = defaultdict(Counter)
    written: dict[Term, Counter[str]] = defaultdict(Counter)
    for text, language, topic in zip(texts, languages, labels.tolist(), strict=True):
        if language == code:
            # Once a text: a writer who repeats a word does not make it a keyword.
            terms = {term: form for term, form in split(text) if not ignore.intersection(form.casefold().split())}
            uses[topic].update(terms.keys())
            for term, form in terms.items():
                written[term][form] += 1
    usual = {term: min(forms, key=lambda form: (-forms[form], form)) for term, forms in written.items()}
    most = _most(uses)
    return {
        topic: Keywords(_best(terms, _telling(terms, weight, most), usual, count), weight)
        for topic, terms, weight in _weighted(uses)
        if topic != NONE
    }


def _most(uses: Mapping[int, Counter[Term]]) -> Mapping[Term, float]:
    """Each term -> its greatest share of a topic's terms."""
    found: dict[Term, float] = defaultdict(float)
    for topic, terms in uses.items():
        every = terms.total()
        for term, count in terms.items() if topic != NONE else ():
            found[term] = max(found[term], count / every)
    return found


def _telling(terms: Counter[Term], weight: Mapping[Term, float], most: Mapping[Term, float]) -> dict[Term, float]:
    """The weights, less for terms that another topic speaks of more: they tell that one."""
    every = terms.total()
    return {term: worth * (terms[term] / every / most[term]) ** THEIRS for term, worth in weight.items()}


def _weighted(uses: Mapping[int, Counter[Term]]) -> Iterator[tuple[int, Counter[Term], dict[Term, float]]]:
    """Each topic with its counts and class-based TF-IDF: tf(t, c)^1.5 * log(1 + A / f(t)).

    A is the mean number of terms a topic has. Grootendorst, "BERTopic", 2022, eq. 2. Mentions of no
    topic count as one more: they tell which words are common everywhere.
    """
    overall: Counter[Term] = Counter()
    for terms in uses.values():
        overall.update(terms)
    mean = overall.total() / max(len(uses), 1)
    for topic, terms in uses.items():
        yield topic, terms, {term: n**SAID_BY_MANY * math.log(1 + mean / overall[term]) for term, n in terms.items()}


def _best(terms: Counter[Term], weight: Mapping[Term, float], form: Mapping[Term, str], count: int) -> list[str]:
    """The keywords of one topic as they are written, none of which repeats another."""
    shared = [term for term in terms if terms[term] > 1]  # a word of one writer is no keyword if there are others
    # Of equals the longer, if it recurs: 驗證碼 rather than 驗證. What came once may be cut anywhere.
    longest = -1 if shared else 1
    ranked = sorted(shared or terms, key=lambda term: (-weight[term], longest * len(form[term])))
    phrases = _phrases(ranked)
    chosen: list[Term] = []
    for term in ranked:
        if weight[term] < WEAK * weight[ranked[0]]:
            break
        longer = [phrase for phrase in phrases[term] if terms[phrase] >= MOSTLY * terms[term]]
        pick = max(longer, key=lambda phrase: (terms[phrase], len(form[phrase]), phrase), default=term)
        if not any(_akin(left, right, terms) for other in chosen for left in pick for right in other):
            chosen.append(pick)
        if len(chosen) == count:
            break
    return [form[term] for term in chosen]


def _phrases(terms: Iterable[Term]) -> Mapping[Term, list[Term]]:
    """Each word -> the phrases that hold it."""
    holding: dict[Term, list[Term]] = defaultdict(list)
    for phrase in terms:
        for word in phrase if len(phrase) > 1 else ():
            holding[(word,)].append(phrase)
    return holding


def _akin(left: str, right: str, terms: Container[Term]) -> bool:
    """Whether one word repeats the other: activate and activating; 服務 and 服務員, or 服務 and 務態 of 服務態度."""
    if HAN.match(left) and HAN.match(right):
        return left in right or right in left or _meet(left, right, terms) or _meet(right, left, terms)
    return left == right or (left[:6] == right[:6] and min(len(left), len(right)) >= 6)


def _meet(left: str, right: str, terms: Container[Term]) -> bool:
    """Whether the two are cuts of one longer word: 充電 and 電池 are not, unless somebody wrote 充電池."""
    return left[-1] == right[0] and (left[-2:] + right[1:2],) in terms


def english_terms(text: str) -> Iterator[Found]:
    """The words of a text and the pairs of neighbours, without stop words and numbers."""
    before: tuple[str, str] | None = None
    for token in ENGLISH_WORD.findall(NOT_WORDS.sub(" . ", text)):
        word = token.replace("’", "'").removesuffix("'s")
        form = word if word[1:] != word[1:].lower() else word.lower()  # PIN and iOS, but not Battery
        if version := VERSION.match(word):
            yield (version[0],), version[0]
        if len(word) < 2 or not word[0].isalpha() or set(word.lower()) == {"x"} or word.lower() in ENGLISH_STOPS:
            before = None
            continue
        root = stem(word.lower())
        yield (root,), form
        if before and before[0] != root:
            yield (before[0], root), f"{before[1]} {form}"
        before = root, form


def content_words(text: str, language: str) -> set[str]:
    """The different words of a text that say what it is about."""
    terms = chinese_terms(text) if language.startswith("zh") else english_terms(text)
    return {term[0] for term, _form in terms if len(term) == 1 and not VERSION.fullmatch(term[0])}


@cache
def stem(word: str) -> str:
    """The word without its plural: batteries -> battery, charges -> charge, boxes -> box."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "xes", "sses", "zes")) else word[:-1]


def chinese_terms(text: str) -> Iterator[Found]:
    """The words of a text of two characters and more, without stop words, numbers and Latin letters.

    The dictionary is of Simplified Chinese, and guessing unknown words (HMM) glues Traditional ones
    together ("充電後電池"). So no guessing: what falls apart into single characters is read as the
    pairs and triples of neighbours, of which counting later keeps those that recur.
    """
    yield from (((version,), version) for version in VERSION.findall(NOT_WORDS.sub(" ", text)))
    run: list[str] = []
    for word in [*rjieba.cut(NOT_WORDS.sub(" ", text), hmm=False), " "]:
        if len(word) == 1 and HAN.match(word) and word not in CHINESE_STOPS:
            run.append(word)
            continue
        for size in (2, 3):
            for start in range(len(run) - size + 1):
                joined = "".join(run[start : start + size])
                if joined not in CHINESE_STOPS and not COUNTED.match(joined):
                    yield (joined,), joined
        run = []
        if len(word) > 1 and HAN.fullmatch(word) and word not in CHINESE_STOPS and not COUNTED.match(word):
            yield (word,), word


def terms_of(text: str, language: str) -> list[Term]:
    """The terms of a text in its language."""
    return [term for term, _form in (chinese_terms if language.startswith("zh") else english_terms)(text)]
