"""How well topics are found: `python -m mining.bench_topics --data DIR [--encoder DIR] [--out FILE]`.

Compares the topics of labelled questions and posts with their labels, and shows on sentences in two
languages whether a topic holds both. The data sets stay outside of the project.
"""

import argparse
import csv
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from mining.discovery import NONE, Floats, Ints, discover
from mining.encoder import Encoder

SEED = 0
LONGEST = 200  # characters: mining sees mentions, not posts

# file, rows a label, language
CORPORA = (
    ("banking77_train.csv", 40, "en"),
    ("clinc150_train.csv", 20, "en"),
    ("lihkg_zht_train.csv", 100, "zh-Hant"),
)

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
    seconds: float  # of discovery, not of the encoder


def sample(path: Path, rows_a_label: int) -> tuple[list[str], list[str]]:
    """Texts and labels, as many of each label, drawn with SEED."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"][:LONGEST], row["label"]) for row in csv.DictReader(file)]
    labels = np.array([label for _, label in rows])
    rng = np.random.default_rng(SEED)
    drawn = [rng.permutation(np.flatnonzero(labels == label))[:rows_a_label] for label in np.unique(labels)]
    chosen = [rows[place] for place in np.concatenate(drawn)]
    return [text for text, _ in chosen], [label for _, label in chosen]


def measure(corpus: str, embeddings: Floats, languages: Sequence[str], labels: Sequence[str]) -> tuple[Figures, Ints]:
    """The figures of one corpus and its topics (n,)."""
    start = time.perf_counter()
    topics = discover(embeddings, languages, seed=SEED)
    seconds = time.perf_counter() - start
    figures = Figures(
        corpus,
        rows=len(labels),
        labels=len(set(labels)),
        topics=int(topics.max(initial=NONE)) + 1,
        none=round(float(np.mean(topics == NONE)), 4),
        nmi=round(float(normalized_mutual_info_score(labels, topics)), 4),
        ari=round(float(adjusted_rand_score(labels, topics)), 4),
        seconds=round(seconds, 2),
    )
    return figures, topics


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


def run(encoder: Encoder, data: Path) -> dict[str, object]:
    """All figures, as they are written to the file."""
    corpora = []
    for name, rows_a_label, language in CORPORA:
        texts, labels = sample(data / name, rows_a_label)
        figures, _ = measure(name, encoder.embed(texts), [language] * len(texts), labels)
        corpora.append(asdict(figures))
    texts, languages, subjects = bilingual()
    figures, topics = measure("bilingual", encoder.embed(texts), languages, subjects)
    by_language = float(normalized_mutual_info_score(languages, topics))
    mixed = {"pairs_together": round(together(topics, languages, subjects), 4), "nmi_language": round(by_language, 4)}
    return {"corpora": [*corpora, asdict(figures)], "bilingual": mixed}


def main() -> None:
    """Print the figures and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, help="instead of the project's own weights")
    parser.add_argument("--out", type=Path, default=Path("instance/bench/topics.json"))
    options = parser.parse_args()
    figures = json.dumps(run(Encoder(options.encoder), options.data), indent=2)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(figures + "\n", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
