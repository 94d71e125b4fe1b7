"""Is it an answer, or only talk? A chatty reply must not take a question out of the unanswered list.

The rule errs towards calling it an answer: talk is what says nothing but thanks, "me too", "any news?", or only asks back.
Its author, the staff and leaders can say otherwise.
"""

import re

LONGEST_TALK = 160  # characters; whoever writes more says something

PLEASANTRIES = re.compile(
    r"""
    \b(?:
        (?:many\s+)?thanks?(?:\s+(?:you|a\s+lot|so\s+much|very\s+much|in\s+advance))* | thx | ty | cheers
      | me\s+(?:too|2|as\s+well) | same\s+(?:here|problem|issue|question|thing|for\s+me|with\s+mine|boat)+ | (?:i|we)\s+have\s+the\s+same(?:\s+(?:problem|issue|question))?
      | i\s+(?:am\s+)?(?:also\s+)?(?:have|having|see|seeing|get|getting)\s+(?:this|it|that)(?:\s+too)? | mine\s+(?:too|as\s+well) | (?:i|we)\s+(?:do|am|are|would)\s*(?:too|as\s+well)?
      | any\s+(?:news|updates?|progress|luck|solution|idea)s?(?:\s+(?:on\s+this|yet|here|so\s+far))* | bump | up | following | subscribed? | interested | please\s+help | help
      | great\s+question | good\s+(?:question|point) | following\s+this | no\s+idea | i\s+don.?t\s+know(?:\s+either)? | sorry | welcome | hi | hello | hey | all | everyone | too | also | please | ok(?:ay)? | lol | nice | great | cool | wow | this | here
    )\b
    | 同问 | 同求 | 同样(?:的)?(?:问题|情况)? | 同樣(?:的)?(?:問題|情況)? | 我也(?:是|有|遇到|想知道|一样|一樣)?(?:这样|這樣|同样|同樣|一样|一樣)?(?:的)?(?:问题|問題|情况|情況)? | 一样 | 一樣 | 有(?:没有|沒有)?(?:进展|進展|消息|人知道|解决|解決|结果|結果|更新|办法|辦法)[吗嗎了么麼]* | 解决了[吗嗎么麼没沒]* | 解決了[嗎沒]*
    | 谢谢|謝謝|多谢|多謝|感谢|感謝|辛苦 | 顶|頂|蹲|插眼|围观|圍觀|马克|mark|关注|關注|求助|求解|求|坐等|等待|请问|請問|你好|您好|大家|大神|楼主|樓主|了|啊|呀|哈|呢|的|好|嗯|哦|吗|嗎
    """,
    re.VERBOSE | re.IGNORECASE,
)
PROPOSES = re.compile(
    r"\b(?:tr(?:y|ied|ying)|could|should|maybe|perhaps|how\s+about|what\s+(?:about|if)|why\s+not|checked|is\s+it\s+possible\s+that)\b"
    r"|[试試]|是不是|会不会|會不會|要不|不如|检查|檢查",
    re.IGNORECASE,
)
ADDRESSED = re.compile(r"(?<!\w)@[\w-]+")
SENTENCE = re.compile(r"[^.!?。！？\n]*[.!?。！？\n]?")


def is_talk(text: str) -> bool:
    """Whether the text proposes nothing: pleasantries alone, or nothing but questions back."""
    text = ADDRESSED.sub(" ", text).strip()
    if len(text) > LONGEST_TALK or "](" in text or "`" in text or "http" in text:
        return False
    sentences = [said for part in SENTENCE.findall(text) if (said := part.strip())]
    return all(_says_nothing(said) or _asks(said) for said in sentences)


def _says_nothing(sentence: str) -> bool:
    return not re.search(r"\w", re.sub(r"\+\s*1\b", " ", PLEASANTRIES.sub(" ", sentence)))


def _asks(sentence: str) -> bool:
    """Asks back without proposing anything: "Which version?", not "Have you tried to reset it?"."""
    return sentence.endswith(("?", "？")) and not PROPOSES.search(sentence)
