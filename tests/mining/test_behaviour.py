"""What the shipped weights must understand, whatever the figures: fresh sentences by kind of difficulty.

A kind holds when at least 85 % of its sentences are read as a person would. What does not hold yet stands in
`NOT_YET`, so that weights that learn it are noticed.
"""

from pathlib import Path

import numpy as np
import pytest

from mining.encoder import OWN_WEIGHTS, Encoder
from mining.evaluation import pairs
from mining.reading import Read, read
from mining.training import corpus

LEAST = 0.85

NEGATION = {
    "The new lamp never flickers.": "positive", "I wouldn't recommend it to anybody.": "negative",
    "There wasn't a single thing I disliked.": "positive", "It is not worth the price.": "negative",
    "The staff couldn't have been nicer.": "positive", "I don't think this is good at all.": "negative",
    "No complaints so far.": "positive", "It's not the quality I expected.": "negative",
    "I have never been disappointed here.": "positive", "Nothing works as described.": "negative",
    "这个牌子从不让人失望。": "positive", "我觉得不值得买。": "negative", "没有任何问题，非常顺利。": "positive",
    "一点也不好用。": "negative", "不会再来了，不推荐。": "negative", "再也没有出过故障。": "positive",
    "唔係好好食，唔會再嚟。": "negative", "服務冇得彈。": "positive",
}  # fmt: skip

TURNS = {
    "The colours are lovely, but the case cracked on the second day.": "negative",
    "It took a while to arrive, but it was worth every minute of waiting.": "positive",
    "I had doubts at first; now I use it every day and love it.": "positive",
    "It was great for a month and then it died.": "negative",
    "Expensive, yes, and still the best purchase of my year.": "positive",
    "The waiter was charming although the food was inedible.": "negative",
    "虽然等得久，但是味道真的很棒。": "positive", "外观漂亮，可是用了两天就坏了。": "negative",
    "以前很好用，现在越来越差。": "negative", "以前老死机，升级以后稳定多了，很满意。": "positive",
    "價錢係貴咗啲，不過真係好好食。": "positive", "裝修好靚，但係食物凍冰冰，好失望。": "negative",
}  # fmt: skip

QUESTIONS = [
    "Is the fault with the left hinge known, and is there a fix?", "What does error 12 mean?",
    "How can I stop the printer from jamming?", "Has anyone else had trouble with the update before installing it?",
    "Where do I report a broken bike?", "What happens if my parcel gets lost?",
    "Why is the light on my router orange?", "Could you tell me how returns work for damaged goods?",
    "请问屏幕碎了保修吗？", "怎样可以解决连接不上的问题？", "如果收到的东西坏了，应该找谁？", "这个报错代码是什么意思？",
    "請問件貨爛咗可以點樣換？", "請問斷線要點樣重新連接？",
]  # fmt: skip

THANKS = [
    "Thanks for your answer.", "Thank you, I'll try that.", "Thanks in advance!", "Ok, thanks for letting me know.",
    "Thank you for the information.", "谢谢，我试一下。", "好的，谢谢。", "先谢谢各位了。", "感谢告知。", "多謝，我試下。",
]  # fmt: skip

SUGGESTIONS = [
    "Please let us sort the list by date.", "It would be great to have an offline mode.",
    "You could add a second pocket on the inside.", "I'd love to see support for Dutch.",
    "Why not offer smaller portions?", "Maybe show the total before checkout.",
    "建议增加按日期排序的功能。", "希望以后可以支持离线使用。", "能不能出一个小包装？", "要是可以自定义颜色就好了。",
    "建議加多一個付款方式。", "希望可以出細碼。",
]  # fmt: skip

FRIENDLY = [
    "You are such a lovely team, but my refund still hasn't come after two months.",
    "I hate to bother you again, the door still doesn't close.",
    "Thanks for being so kind, unfortunately the replacement is broken as well.",
    "Dear all, I'm a big fan of yours, and the app has been crashing since Monday.",
    "客服小姑娘很客气，就是我的问题一直没解决。", "你们人都挺好的，可是货发错三次了。",
    "職員好有禮貌，不過我等咗兩個月都未收到退款。",
]  # fmt: skip

MIXED = [
    "I love the camera, the pictures are stunning. The battery is awful and dies by noon.",
    "The room was spotless and the view was wonderful. Breakfast was disgusting, cold and late.",
    "Great story and brilliant acting. The sound was terrible, we could hardly understand a word.",
    "屏幕非常漂亮，我很喜欢。电池太差了，半天就没电。", "味道真的很好吃，分量也足！配送太慢了，等了两个小时，非常差。",
    "食物好好味，好鍾意。服務態度極差，好嬲。",
]  # fmt: skip

WHOLE = [
    "I love it. Works perfectly. Would buy again.", "Broken on arrival. Nobody answers. Terrible.",
    "It comes in a box. The box is blue.", "太好吃了！下次还来。", "太差了。再也不买了。",
]  # fmt: skip

NOT_YET: dict[str, str] = {}

# AUC of the model that ours was taught by on the same pairs (mean over tokens, with its prefix "query: "): both questions of
# a pair are about one thing, which is harder than the usual sets of pairs, where the teacher reaches 0.88.
TEACHERS_PAIRS = 0.713


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(OWN_WEIGHTS)


def wrong(encoder: Encoder, expected: dict[str, object], answer: str) -> list[str]:
    """What was misread, as `text: answer`."""
    found = read(encoder, list(expected))
    said = [getattr(one, answer) if answer == "leaning" else getattr(one.whole, answer) for one in found]
    return [f"{text}: {one}" for (text, right), one in zip(expected.items(), said, strict=True) if one != right]


def holds(kind: str, missed: list[str], count: int) -> None:
    is_kept = len(missed) <= (1 - LEAST) * count
    if kind in NOT_YET:
        assert not is_kept, "it has been learned: take it out of NOT_YET"
        pytest.xfail(NOT_YET[kind])
    assert is_kept, missed


@pytest.mark.parametrize(
    ("kind", "expected", "answer"),
    [
        ("negation", NEGATION, "leaning"),
        ("turns", TURNS, "leaning"),
        ("questions about a problem", dict.fromkeys(QUESTIONS, "question"), "intent"),
        ("suggestions", dict.fromkeys(SUGGESTIONS, "suggestion"), "intent"),
        ("complaints in friendly words", dict.fromkeys(FRIENDLY, "problem"), "intent"),
        ("mixed feelings", dict.fromkeys(MIXED, "mixed"), "sentiment"),
    ],
)
def test_it_reads_as_a_person_would(encoder: Encoder, kind: str, expected: dict[str, object], answer: str) -> None:
    holds(kind, wrong(encoder, expected, answer), len(expected))


def test_thanks_are_not_praise(encoder: Encoder) -> None:
    found = read(encoder, THANKS)
    holds(
        "thanks", [text for text, one in zip(THANKS, found, strict=True) if one.whole.intent == "praise"], len(THANKS)
    )


def test_one_feeling_is_not_mixed(encoder: Encoder) -> None:
    assert not [one for one in read(encoder, WHOLE) if one.whole.sentiment == "mixed"]


@pytest.mark.parametrize(
    "quoted",
    [
        "> This is the worst company ever, I hate it.\n\n{}",
        "{}\n\nOn Mon, 4 Mar 2024 at 10:02, Jo wrote:\n> Terrible, it broke, I want my money back!",
        "```\nerror: everything is broken, terrible failure\n```\n{}",
        "{}\n\n> 太差了，骗子公司，再也不买。",
    ],
)
def test_what_is_quoted_is_not_the_writer_s(encoder: Encoder, quoted: str) -> None:
    own = "I love this, it works perfectly."
    found: list[Read] = read(encoder, [own, quoted.format(own)])
    assert found[1].whole.sentiment == found[0].whole.sentiment == "positive"
    assert found[1].whole.intent == found[0].whole.intent
    assert abs(found[1].whole.score - found[0].whole.score) < 0.02


def test_two_wordings_of_a_question_are_liker_than_two_questions_about_one_thing(encoder: Encoder) -> None:
    chosen = pairs.pairs_of_file(Path(__file__).parent / "labelled" / "zh_pairs.csv")
    like = pairs.likeness(OWN_WEIGHTS, chosen, lambda _done, _total: None)
    assert pairs.auc(np.array([pair.same for pair in chosen]), like) >= TEACHERS_PAIRS


def test_none_of_these_sentences_was_trained_on() -> None:
    own = {
        line.split("\t")[3] for path in corpus.SENTENCES.glob("*.tsv") for line in path.read_text("utf-8").splitlines()
    }
    mine = {*NEGATION, *TURNS, *QUESTIONS, *THANKS, *SUGGESTIONS, *FRIENDLY, *MIXED, *WHOLE}
    assert not mine & own
