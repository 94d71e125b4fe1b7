"""How well topics are found: `python -m mining.bench_topics --data DIR [--encoder DIR] [--out FILE]`.

Compares the topics of labelled questions and posts with their labels, and shows on sentences in two languages whether
a topic holds both. `make bench-topics` runs BERTopic on the same embeddings, and `--compare` sets it beside. The data
sets stay outside of the project.
"""

import argparse
import csv
import json
import math
import re
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, fields
from itertools import combinations
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from mining.discovery import NONE, Floats, Ints, centre, cluster
from mining.encoder import Encoder
from mining.keywords import keywords

SEED = 0
LONGEST = 200  # characters: mining sees mentions, not posts

WORDS = 10  # of each topic, for coherence and diversity

# file, language
CORPORA = (("banking77_train.csv", "en"), ("clinc150_train.csv", "en"), ("lihkg_zht_train.csv", "zh-Hant"))

# Ours, written for this bench: six subjects, each in English and in both scripts of Chinese.
BILINGUAL = {
    "battery": (
        (
            "The battery drains overnight even on standby.|After the update my phone dies by noon."
            "|Battery life is terrible, I charge it three times a day."
            "|It loses 30 percent in an hour without doing anything."
            "|Why does the battery run down so quickly?|Charging takes five hours and it still isn't full."
        ),
        (
            "待机一晚上电池就没电了。|更新之后手机中午就没电。|续航太差了，一天要充三次电。"
            "|電池耗電好快，乜都冇做都跌三成。|為什麼電量掉得這麼快？|充電要五個鐘都未滿。"
        ),
    ),
    "delivery": (
        (
            "My parcel was supposed to arrive last Monday.|The courier left the package at the wrong address."
            "|Delivery took three weeks, which is far too slow.|Tracking has not moved for days."
            "|Where is my order? It still hasn't shipped.|The box was crushed when the driver dropped it off."
        ),
        (
            "包裹本来上周一就该到了。|快递员把包裹送错地址了。|送货花了三个星期，实在太慢。"
            "|物流信息幾日都冇更新。|我的訂單到底寄出了沒有？|送貨員放低個箱嗰陣已經壓爛咗。"
        ),
    ),
    "refund": (
        (
            "I returned it a month ago and still have no refund.|Please give me my money back."
            "|The refund was less than what I paid.|How long does a refund take to reach my card?"
            "|They refuse to refund me for the broken item.|I want to cancel and get a full refund."
        ),
        (
            "一个月前退货，到现在还没退款。|请把钱退给我。|退款金额比我付的少。"
            "|退款幾耐先會返到信用卡？|壞咗嘅貨品佢哋都唔肯退錢。|我想取消並全額退款。"
        ),
    ),
    "login": (
        (
            "I can't log in, it says my password is wrong.|The verification code never arrives."
            "|My account is locked after three attempts.|Resetting the password does nothing."
            "|The app signs me out every time I open it.|I forgot my password and the reset email is missing."
        ),
        (
            "登录不了，一直说密码错误。|一直收不到验证码。|试了三次账号就被锁了。"
            "|重設密碼完全冇反應。|每次打開應用程式都要重新登入。|忘記密碼，又收不到重設電郵。"
        ),
    ),
    "screen": (
        (
            "The screen flickers when brightness is low.|There is a green line down the display."
            "|My screen cracked after a tiny drop.|Touch does not respond in the corner of the display."
            "|The display is too dim in sunlight.|Dead pixels appeared on the screen within a week."
        ),
        (
            "亮度调低屏幕就会闪。|显示屏上有一条绿线。|轻轻摔一下屏幕就碎了。"
            "|螢幕角落觸控冇反應。|陽光下螢幕太暗，睇唔清楚。|用了一星期螢幕就有壞點。"
        ),
    ),
    "staff": (
        (
            "The support agent was rude and hung up on me.|I waited forty minutes for customer service to answer."
            "|The lady in the shop was so kind and patient.|Nobody from customer support replies to my emails."
            "|The agent solved it in five minutes, great service.|Staff in the store ignored us completely."
        ),
        (
            "客服态度很差，直接挂了我电话。|等了四十分钟客服才接电话。|店里的小姐姐很亲切很有耐心。"
            "|客服完全唔覆我電郵。|客服五分鐘就幫我解決，服務很好。|店員完全唔理我哋，服務態度差。"
        ),
    ),
}


@dataclass(frozen=True)
class Figures:
    """How the topics of one corpus agree with its labels; `none` is the share of rows without a topic."""

    corpus: str
    rows: int
    labels: int
    topics: int
    none: float
    nmi: float
    ari: float
    npmi: float  # coherence of the topics' words
    diversity: float
    words: float  # a topic, of up to WORDS: short lists are easier to keep coherent and diverse
    seconds: float  # of finding and wording topics, not of the encoder
    computing: float  # the same in seconds of the processor, which other work beside it does not lengthen


def rows_of(path: Path) -> tuple[list[str], list[str]]:
    """Texts and labels."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"][:LONGEST], row["label"]) for row in csv.DictReader(file)]
    return [text for text, _ in rows], [label for _, label in rows]


def figures_of(
    corpus: str,
    texts: Sequence[str],
    labels: Sequence[str],
    topics: Ints,
    words: Sequence[Sequence[str]],
    took: tuple[float, float],
) -> Figures:
    """What one system's topics (n,) and their words are worth; rows of no topic count as one more topic."""
    return Figures(
        corpus,
        rows=len(labels),
        labels=len(set(labels)),
        topics=len(set(topics.tolist()) - {NONE}),
        none=round(float(np.mean(topics == NONE)), 4),
        nmi=round(float(normalized_mutual_info_score(labels, topics)), 4),
        ari=round(float(adjusted_rand_score(labels, topics)), 4),
        npmi=round(npmi(texts, words), 4),
        diversity=round(diversity(words), 4),
        words=round(float(np.mean([len(some) for some in words])), 1),
        seconds=round(took[0], 2),
        computing=round(took[1], 2),
    )


def npmi(texts: Sequence[str], words: Sequence[Sequence[str]]) -> float:
    """Mean over the topics of how much likelier than by chance two of their words are in one text, in [-1, 1].

    Normalised pointwise mutual information: Bouma, 2009; over whole texts, a pair that never meets counts -1.
    """
    plain = [f" {folded(text)} " for text in texts]
    vocabulary = sorted({word for some in words for word in some})
    holds = np.array([[form(word) in text for text in plain] for word in vocabulary], np.float32)  # (w, n)
    share = holds @ holds.T / len(texts)  # (w, w), of the texts that hold both
    place = {word: number for number, word in enumerate(vocabulary)}
    found = []
    for some in words:
        pairs = [(place[left], place[right]) for left, right in combinations(some, 2)]
        found.append(np.mean([pair_npmi(share[a, b], share[a, a], share[b, b]) for a, b in pairs]) if pairs else 0.0)
    return float(np.mean(found)) if found else 0.0


def form(word: str) -> str:
    """As it is looked for in a text: whole words of English, characters of Chinese."""
    return f" {folded(word)} " if word.isascii() else folded(word)


def folded(text: str) -> str:
    """Its words in lower case, without marks."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def pair_npmi(both: float, left: float, right: float) -> float:
    if both == 0:
        return -1.0
    return 1.0 if both == 1 else math.log(both / (left * right)) / -math.log(both)


def diversity(words: Sequence[Sequence[str]]) -> float:
    """The share of the topics' words that no other topic has too. Dieng et al., 2020."""
    every = [word.casefold() for some in words for word in some]
    return len(set(every)) / max(1, len(every))


def measure(
    corpus: str, embeddings: Floats, languages: Sequence[str], labels: Sequence[str], texts: Sequence[str]
) -> tuple[Figures, Ints]:
    """The figures of one corpus and its topics (n,). The seconds are those of finding and wording them."""
    start = time.perf_counter(), time.process_time()
    centred = centre(embeddings, languages)
    topics = cluster(centred, seed=SEED)
    words = wording(texts, languages, topics)
    took = time.perf_counter() - start[0], time.process_time() - start[1]
    return figures_of(corpus, texts, labels, topics, words, took), topics


def wording(texts: Sequence[str], languages: Sequence[str], topics: Ints) -> list[list[str]]:
    """The best WORDS keywords of each topic, in the language that most of its texts are in."""
    found: dict[int, list[str]] = {}
    for code in sorted(set(languages), key=list(languages).count):
        found |= {
            topic: one.best for topic, one in keywords(texts, languages, topics, code, WORDS, frozenset()).items()
        }
    return list(found.values())


def bilingual() -> tuple[list[str], list[str], list[str]]:
    """Texts, languages and subjects of BILINGUAL."""
    rows = []
    for subject, (english, chinese) in BILINGUAL.items():
        rows += [(text, "en", subject) for text in english.split("|")]
        rows += [(text, "zh", subject) for text in chinese.split("|")]
    texts, languages, subjects = zip(*rows, strict=True)
    return list(texts), list(languages), list(subjects)


def together(topics: Ints, languages: Sequence[str], subjects: Sequence[str]) -> float:
    """The share of pairs of one subject in two languages that one topic holds."""
    language, subject = np.array(languages), np.array(subjects)
    pairs = (subject[:, None] == subject) & (language[:, None] != language)  # (n, n)
    held = (topics[:, None] == topics) & (topics != NONE)
    return float(held[pairs].mean())


def run(encoder: Encoder, data: Path, work: Path) -> dict[str, object]:
    """All figures, as they are written to the file; the embeddings stay in `work`, for others to be measured on."""
    work.mkdir(parents=True, exist_ok=True)
    corpora = []
    for name, language in CORPORA:
        texts, labels = rows_of(data / name)
        embeddings = encoder.embed(texts)
        np.savez(work / f"{name}.npz", embeddings=embeddings, texts=json.dumps(texts), language=language)
        figures, _ = measure(name, embeddings, [language] * len(texts), labels, texts)
        corpora.append(asdict(figures))
    texts, languages, subjects = bilingual()
    figures, topics = measure("bilingual", encoder.embed(texts), languages, subjects, texts)
    by_language = float(normalized_mutual_info_score(languages, topics))
    mixed = {"pairs_together": round(together(topics, languages, subjects), 4), "nmi_language": round(by_language, 4)}
    return {"corpora": [*corpora, asdict(figures)], "bilingual": mixed}


def compared(data: Path, work: Path) -> list[Figures]:
    """BERTopic's figures: of each corpus those of its default size, and of the size that agrees best with the labels."""
    found = []
    for name, _ in CORPORA:
        texts, labels = rows_of(data / name)
        runs = json.loads((work / f"{name}.bertopic.json").read_text(encoding="utf-8"))
        figures = [
            figures_of(
                f"{name} BERTopic {one['size']}", texts, labels, np.array(one["labels"]), list(one["words"].values()),
                (one["seconds"], one["computing"]),
            )
            for one in runs
        ]  # fmt: skip
        found += dict.fromkeys([figures[0], max(figures, key=lambda one: one.nmi)])
    return found


def table(figures: Sequence[Figures]) -> str:
    names = [field.name for field in fields(Figures)]
    lines = [names, ["---"] * len(names), *([str(value) for value in astuple(one)] for one in figures)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Print the figures and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, help="instead of the project's own weights")
    parser.add_argument("--out", type=Path, default=Path("instance/bench/topics.json"))
    parser.add_argument("--work", type=Path, default=Path("instance/bench/topics"))
    parser.add_argument("--compare", action="store_true", help="set BERTopic beside what was measured before")
    options = parser.parse_args()
    if options.compare:
        own = [Figures(**one) for one in json.loads(options.out.read_text(encoding="utf-8"))["corpora"]]
        print(table(sorted([*own, *compared(options.data, options.work)], key=lambda one: one.corpus)))
        return
    figures = json.dumps(run(Encoder(options.encoder), options.data, options.work), indent=2)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(figures + "\n", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
