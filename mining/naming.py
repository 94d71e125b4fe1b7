"""What a topic is called: the phrase of its mentions and headings that says most of them best, in each language.

The last step of finding topics. Names are in people's own words, and a manager may change them. Mask personal data in
the texts first: names repeat them. docs/decisions/0011 says how they are chosen.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mining.discovery import NONE, Floats, Ints, unit
from mining.keywords import Keywords, Term, chinese_terms, keywords, stem, terms_of
from mining.language import HEARD, language_of
from mining.phrases import GENERIC_HAN, INSIDE, Phrase, phrases_of
from mining.topics import centroids

Embed = Callable[[Sequence[str], str], Floats]  # phrases and their language -> centred vectors (n, d)

SAME_HEADING = 3  # texts under one heading that count it: a long thread must not name its topic alone
CANDIDATES = 20  # phrases of a topic and language that are embedded
LENGTH = 0.2  # the words' weights are added and divided by their number to this power: 0 likes long names, 1 short ones
ALONE = 0.45  # what a single word is worth: "battery" says less than "battery drain"
ECHO = 0.35  # what each doubling of the texts that hold the very phrase adds
MEANING = 4.0  # what likeness to the topic's centroid adds
LITTLE = frozenset("".join(INSIDE))  # characters that need no weight
SECOND = 0.6  # of the best phrase's worth: what another needs to stand beside a single word


@dataclass(frozen=True)
class TopicName:
    """What to show of a topic. A label is None where the topic has no text with words in that language."""

    label_en: str | None
    label_zh: str | None
    keywords: dict[str, list[str]]
    central: list[int]


@dataclass
class Texts:
    """The texts of one language code: those of each topic, and the words that tell it."""

    code: str
    by_topic: dict[int, list[str]]
    words: dict[int, Keywords]


def name_topics(
    texts: Sequence[str],
    languages: Sequence[str],
    labels: Ints,
    embeddings: Floats,
    *,
    headings: Sequence[str] = (),
    embed: Embed | None = None,
    count: int = 8,
    quotes: int = 3,
    ignore: frozenset[str] = frozenset(),
) -> list[TopicName]:
    """The names of topics 0 to k - 1, from n texts, their language codes, labels (n,) and vectors (n, d).

    Each has at most `count` keywords in "en" and in "zh" and at most `quotes` rows of central mentions, the most
    central first. A language other than "zh-*" is read as English: words between spaces. Words in `ignore` (lower
    case) are in no name. `headings` (n,) are what the texts stand under. Without `embed` the words alone decide.
    """
    rows = [*zip(texts, languages, labels.tolist(), strict=True), *under_headings(headings, labels)]
    means = unit(centroids(embeddings, labels))
    groups = {}
    for group in ("en", "zh"):
        codes = {code for _, code, _ in rows if code.startswith("zh") == (group == "zh")}
        groups[group] = in_group(rows, sorted(codes), means, embed, count, ignore)
    central = central_rows(texts, labels, embeddings, quotes)
    return [
        TopicName(en, zh, {"en": words_en, "zh": words_zh}, quoted)
        for (en, words_en), (zh, words_zh), quoted in zip(groups["en"], groups["zh"], central, strict=True)
    ]


Row = tuple[str, str, int]  # text, language code, topic


def under_headings(headings: Sequence[str], labels: Ints) -> list[Row]:
    """The headings as texts of the topics of what stands under them."""
    seen: Counter[tuple[str, int]] = Counter()
    rows: list[Row] = []
    for heading, topic in zip(headings, labels.tolist(), strict=False):
        seen[heading, topic] += 1
        if heading and topic != NONE and seen[heading, topic] <= SAME_HEADING:
            rows.append((heading, language_of(heading), topic))
    return rows


def in_group(
    rows: Sequence[Row], codes: Sequence[str], means: Floats, embed: Embed | None, count: int, ignore: frozenset[str]
) -> list[tuple[str | None, list[str]]]:
    """Each topic's name and keywords in one language, whatever script it is written in; the commonest names it."""
    spoken = {code: grouped(rows, code, count, ignore) for code in codes}
    sizes = Counter(topic for _, _, topic in rows)
    found: list[tuple[list[str], list[str]]] = []
    for topic, mean in enumerate(means):
        heard = sorted(
            (one for one in spoken.values() if topic in one.words), key=lambda one: -len(one.by_topic[topic])
        )
        if not any(len(one.by_topic[topic]) >= HEARD * sizes[topic] for one in heard):
            found.append(([], []))
            continue
        words = list(dict.fromkeys(word for one in heard for word in one.words[topic].best))[:count]
        spare = [word for word in words if word not in GENERIC_HAN]
        found.append(([*ranked(heard[0], topic, mean, embed, ignore), *spare], words))
    names = distinct([candidates for candidates, _ in found])
    return [(name, words) for name, (_, words) in zip(names, found, strict=True)]


def grouped(rows: Sequence[Row], code: str, count: int, ignore: frozenset[str]) -> Texts:
    ours = [row for row in rows if row[1] == code]
    by_topic: dict[int, list[str]] = defaultdict(list)
    for text, _, topic in ours:
        by_topic[topic].append(text)
    labels = np.array([topic for _, _, topic in ours], np.int64)
    return Texts(
        code, by_topic, keywords([text for text, _, _ in ours], [code] * len(ours), labels, code, count, ignore)
    )


def ranked(spoken: Texts, topic: int, mean: Floats, embed: Embed | None, ignore: frozenset[str]) -> list[str]:
    """What the topic could be called, best first."""
    worth = by_words(spoken, topic, ignore)
    forms = sorted(worth, key=lambda form: (-worth[form], form))[:CANDIDATES]
    if embed and forms:
        likeness = embed(forms, spoken.code) @ mean  # (n, d) @ (d,) -> (n,)
        worth = {form: worth[form] + MEANING * float(like) for form, like in zip(forms, likeness, strict=True)}
        forms.sort(key=lambda form: (-worth[form], form))
    if forms and is_single(forms[0]):
        beside = (form for form in forms[1:] if not shared(form, forms[0]) and worth[form] > SECOND * worth[forms[0]])
        second = next(beside, None)
        if second:
            forms.insert(0, forms[0] + ("、" if spoken.code.startswith("zh") else " and ") + second)
    return forms


@dataclass
class Said:
    """How many texts hold a phrase, and how they write it."""

    texts: int = 0
    forms: Counter[str] = field(default_factory=Counter)


def by_words(spoken: Texts, topic: int, ignore: frozenset[str]) -> dict[str, float]:
    """Each phrase of the topic as it is written, and what its words and its repetition make it worth."""
    texts = spoken.by_topic[topic]
    weights = shared_weights(spoken, topic)
    most = max(weights.values(), default=1.0)
    said: dict[tuple[str, ...], Said] = defaultdict(Said)
    for text in texts:
        for phrase in once(phrases_of(text, spoken.code)):
            if not ignore.intersection(phrase.form.casefold().split()):
                said[phrase.words].texts += 1
                said[phrase.words].forms[phrase.form] += 1
    worth = {}
    for words, one in said.items():
        form = min(one.forms, key=lambda form: (-one.forms[form], form))
        weight = chinese_weight(form, weights) if spoken.code.startswith("zh") else english_weight(words, weights)
        if weight:
            worth[form] = (ALONE if is_single(form) else 1) * weight / most * (1 + ECHO * math.log2(one.texts))
    return worth


def once(phrases: Iterable[Phrase]) -> Iterable[Phrase]:
    return {phrase.words: phrase for phrase in sorted(phrases, key=lambda phrase: phrase.form)}.values()


def shared_weights(spoken: Texts, topic: int) -> Mapping[Term, float]:
    """The weights of the words that several texts of the topic share; of all if they share none."""
    weights = spoken.words[topic].weights
    uses = Counter(term for text in spoken.by_topic[topic] for term in set(terms_of(text, spoken.code)))
    common = {term: weight for term, weight in weights.items() if uses[term] > 1}
    return common or weights


def english_weight(words: Sequence[str], weights: Mapping[Term, float]) -> float:
    """Nothing if one of the words has no weight: what a single text says is no part of a name."""
    if not all((word,) in weights for word in words):
        return 0.0
    return float(sum(weights[(word,)] for word in words) / len(words) ** LENGTH)


def chinese_weight(form: str, weights: Mapping[Term, float]) -> float:
    """As of words of two characters, each of which weighs what the best word it belongs to weighs; else as above."""
    best = [0.0] * len(form)
    for term, written in chinese_terms(form):
        at = form.find(written)
        for place in range(at, at + len(written)):
            best[place] = max(best[place], weights.get(term, 0.0))
    if not all(weight or character in LITTLE for weight, character in zip(best, form, strict=True)):
        return 0.0
    return float(sum(best) / 2 / max(1.0, len(form) / 2) ** LENGTH)


def is_single(form: str) -> bool:
    """Whether it is one word: without a space, in Chinese of two characters at most."""
    return len(form) < 3 or (form.isascii() and " " not in form)


def shared(left: str, right: str) -> bool:
    """Whether the two have a word in common, or a character of Chinese."""
    if left.isascii() and right.isascii():
        return bool({stem(word.lower()) for word in left.split()} & {stem(word.lower()) for word in right.split()})
    return bool(set(left) & set(right))


def distinct(ranked: Sequence[Sequence[str]]) -> list[str | None]:
    """The best of each that no larger topic has, with a capital unless it begins like "iPhone"; None where there is none."""
    taken: set[str] = set()
    names: list[str | None] = []
    for forms in ranked:
        name = next((form for form in forms if form.casefold() not in taken), forms[0] if forms else None)
        taken.add((name or "").casefold())
        names.append(name[:1].upper() + name[1:] if name and name.split()[0].islower() else name)
    return names


def central_rows(texts: Sequence[str], labels: Ints, embeddings: Floats, count: int) -> list[list[int]]:
    """For each topic the rows nearest its centroid, nearest first, no text twice."""
    means = unit(centroids(embeddings, labels))
    result = []
    for topic, mean in enumerate(means):
        rows = np.flatnonzero(labels == topic)
        order = rows[np.argsort(-(embeddings[rows] @ mean), kind="stable")]  # (m, d) @ (d,) -> (m,)
        first: dict[str, int] = {}
        for row in order.tolist():
            first.setdefault(texts[row].strip().casefold(), row)
        result.append(list(first.values())[:count])
    return result
